/** Agents are found by their files; a file that is none is named. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { discoverAgents } from "../../services/adapters/system/discover-agents.ts";

const core = new URL("../../services/core/agent.ts", import.meta.url).href;
const zod = import.meta.resolve("zod");

/** Source of an agent file; `input` is the schema that it writes. */
const source = (input = "z.object({ question: z.string() })") => `
  import { z } from ${JSON.stringify(zod)};
  import { defineAgent } from ${JSON.stringify(core)};
  export default defineAgent({
    version: "1", description: "for tests", model: "simple", instructions: "Answer.",
    input: ${input}, prompt: () => "Why?",
  });
`;

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "muster-agents-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFile(join(folder, name), text);
const discover = () => discoverAgents(pathToFileURL(`${folder}/`));

test("every file is an agent by its name; other files and folders are left alone", async () => {
  await write("echo.ts", source());
  await write("long-name-2.ts", source());
  await write("notes.md", "# notes");
  await mkdir(join(folder, "tools"));
  await write("tools/search.ts", "export const search = 1;");
  const agents = await discover();
  expect([...agents.keys()]).toEqual(["echo", "long-name-2"]);
  expect(agents.get("echo")?.prompt({ question: "Why?" })).toBe("Why?");
});

test("the agents that ship are found", async () => {
  const agents = await discoverAgents(new URL("../../services/agents/", import.meta.url));
  expect([...agents.keys()]).toEqual(expect.arrayContaining(["rehearsal", "research", "summarize"]));
});

test.each([
  ["without an export", "broken.ts", "export const agent = 1;", /broken\.ts: has no agent: write `export default/],
  ["with another export", "broken.ts", "export default { version: '1' };", /broken\.ts: has no agent/],
  ["that does not load", "broken.ts", "throw new Error('at import');", /broken\.ts: the file does not load/],
  ["with a wrong name", "My_Agent.ts", source(), /My_Agent\.ts: an agent is named after its file/],
])("a file %s is named", async (_, name, text, message) => {
  await write("echo.ts", source());
  await write(name, text);
  await expect(discover()).rejects.toThrow(message);
});
