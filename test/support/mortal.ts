/** Ports of a process that can die: from then on no call is carried out and none is answered, as after SIGKILL. */

/** A call that a process makes: `port.method`. */
export type CallName = string;

type Death = { readonly at: CallName; readonly when: "before" | "after" };

const never = (): Promise<never> => new Promise(() => undefined);

/** Wraps every method of every port. The process dies before its first call of that name, or after it was carried out. */
export function mortal<P extends object>(ports: P, death: Death): { readonly ports: P; isDead(): boolean } {
  let isDead = false;
  const wrap = (name: string, port: object): object =>
    new Proxy(port, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== "function" || typeof key !== "string") return method;
        return (...args: readonly unknown[]) => {
          const dies = !isDead && `${name}.${key}` === death.at;
          if (dies && death.when === "before") isDead = true;
          if (isDead) return never();
          const answer: unknown = Reflect.apply(method, target, args);
          if (!dies) return answer instanceof Promise ? answer.then((value) => (isDead ? never() : value)) : answer;
          isDead = true;
          return never();
        };
      },
    });
  const mortalPorts = [
    "runs",
    "index",
    "history",
    "contents",
    "fleet",
    "queue",
    "limiter",
    "memo",
    "batches",
    "batchModel",
    "model",
    "budgets",
  ];
  const wrapped = Object.entries(ports).map(([name, port]) => [
    name,
    mortalPorts.includes(name) && typeof port === "object" && port !== null ? wrap(name, port) : port,
  ]);
  return { ports: { ...ports, ...Object.fromEntries(wrapped) }, isDead: () => isDead };
}
