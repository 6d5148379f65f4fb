import { expect, test } from "vitest";
import { dynamoFleetStore } from "../../../services/adapters/aws/fleet-store.ts";
import { toItem } from "../../../services/adapters/aws/item.ts";
import type { TableIo } from "../../../services/adapters/aws/table-io.ts";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { UnreadableWorkers } from "../../../services/core/unreadable-workers.ts";
import { aBeat } from "../../support/builders.ts";

const nothing = async (): Promise<never> => {
  throw new Error("not asked for");
};

test("an item that does not parse is told, with those beside it that do", async () => {
  const { place: _, tenants: __, heldBack: ___, budgets: ____, ...good } = aBeat();
  async function* pages() {
    yield [toItem({ ...good, mode: "ASLEEP" }), toItem(good)];
  }
  const io: TableIo = {
    get: nothing,
    put: nothing,
    putIf: nothing,
    update: nothing,
    removeIf: nothing,
    page: nothing,
    pages,
  };
  const error = await dynamoFleetStore({ io, clock: manualClock(0) })
    .workers(0)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UnreadableWorkers);
  if (!(error instanceof UnreadableWorkers)) throw error;
  expect(error.others).toMatchObject([{ workerId: good.workerId }]);
  expect(error.message).toContain("mode");
});
