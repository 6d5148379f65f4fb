/** A program that says that it is ready and then lives until it is killed; with `--fails` it ends right after that. */
process.stdout.write('{"event":"program.ready"}\n');
if (process.argv.includes("--fails")) process.exit(3);
setInterval(() => undefined, 1_000);
