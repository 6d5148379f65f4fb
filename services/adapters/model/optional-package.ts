/** Packages that only a configured platform needs. */

/** Loads one; the error says what to install when it is not there. */
export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    if (!isMissing) throw cause;
    throw new Error(`this platform needs the package ${name}: npm install ${name}`, { cause });
  }
}
