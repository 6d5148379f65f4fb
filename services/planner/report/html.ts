/** The report: one HTML file with its charts in it, readable offline and without scripts. */
import {
  besidesPrices,
  discounts,
  fargatePrices,
  machinePrices,
  type PriceSource,
} from "../../contract/capacity-prices.ts";
import type { PlanResult } from "../plan.ts";
import { busiestSpan } from "../traffic/traffic.ts";
import { adviceText } from "./advice-text.ts";
import { costChart, slotsChart, useChart, waitingChart, waitsChart } from "./charts.ts";
import { disturbanceRows, laneRows, planRows, policyRows, poolRows, type Rows, typeRows } from "./rows.ts";
import { sensitivityRows } from "./sensitivity.ts";
import { around } from "./series.ts";
import { escaped, percent, smallDollars, whole } from "./words.ts";

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .8rem 0; font-size: .9rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #eee; text-align: right; } th:first-child, td:first-child { text-align: left; }
th { font-weight: 600; vertical-align: bottom; } svg { max-width: 100%; height: auto; display: block; margin: .6rem 0; }
.wide { overflow-x: auto; } dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; } .note { color: #555; font-size: .9rem; }`;

const tableOf = ({ titles, cells }: Rows): string => {
  const row = (tag: string, values: readonly string[]) =>
    `<tr>${values.map((value) => `<${tag}>${escaped(value)}</${tag}>`).join("")}</tr>`;
  return `<div class="wide"><table><thead>${row("th", titles)}</thead><tbody>${cells.map((one) => row("td", one)).join("")}</tbody></table></div>`;
};

const section = (title: string, ...parts: readonly string[]): string =>
  `<h2>${escaped(title)}</h2>\n${parts.join("\n")}`;
const note = (text: string): string => `<p class="note">${escaped(text)}</p>`;

function assumptions({ request }: PlanResult): string {
  const { plan, traffic, callsPerMinute, callsPerRunMinute, seed } = request;
  const pools = Object.entries(plan.pools).map(([pool, one]) => {
    const [least, most] = one.bootMs;
    return [
      pool,
      `${one.min}-${one.max}`,
      whole(one.slotsPerMachine),
      smallDollars(one.usdPerHour),
      `${least / 1_000}-${most / 1_000} s`,
      percent(one.interruptedPerHour),
    ];
  });
  const rate = callsPerMinute === undefined ? "not bounded" : `${whole(callsPerMinute)} calls a minute`;
  const sources = [
    ["machines", machinePrices],
    ["Fargate", fargatePrices],
    ["discounts", discounts],
    ["addresses and disks", besidesPrices],
  ] as const satisfies readonly (readonly [string, PriceSource])[];
  return [
    tableOf({
      titles: ["pool", "machines", "slots each", "machine-hour", "boot", "interrupted an hour"],
      cells: pools,
    }),
    note(
      `Traffic ${traffic.name}, seed ${seed}. Model rate: ${rate}; an active run makes ${callsPerRunMinute} a minute. Profile ${plan.profile}, ${plan.machineType}, Spot ${percent(plan.spotDiscount)} off.`,
    ),
    tableOf({
      titles: ["prices of", "as of", "source"],
      cells: sources.map(([what, { asOf, source }]) => [what, asOf, source]),
    }),
  ].join("\n");
}

/** The whole report. */
export function reportHtml(result: PlanResult): string {
  const { traffic } = result.request;
  const all = { fromMs: traffic.startMs, untilMs: traffic.endMs };
  const bursts = traffic.spans.length > 0 ? traffic.spans : [busiestSpan(traffic)];
  const disturbances = disturbanceRows(result);
  const advice = adviceText(result).map(({ about, text }) => `<dt>${escaped(about)}</dt><dd>${escaped(text)}</dd>`);
  const title = `Capacity plan: ${traffic.name}, ${whole(traffic.atMs.length)} runs, ${whole(result.peakRuns)} at once`;
  const body = [
    `<h1>${escaped(title)}</h1>`,
    section(
      "Policies",
      tableOf(policyRows(result)),
      costChart(result.outcomes),
      tableOf(poolRows(result)),
      tableOf(laneRows(result)),
    ),
    ...(disturbances === undefined ? [] : [section("Disturbed", tableOf(disturbances))]),
    ...bursts.map((span) =>
      section(
        span.name,
        waitingChart(result, around(span)),
        ...result.outcomes
          .filter(({ outcome }) => outcome.policy !== "fixed")
          .map(({ outcome }) => slotsChart(result, outcome, around(span))),
      ),
    ),
    ...result.outcomes.map(({ outcome }) =>
      section(
        outcome.policy === "fixed" ? "Fixed fleet" : `Policy ${outcome.policy}`,
        slotsChart(result, outcome, all),
        waitsChart(result, outcome, all),
        useChart(result, outcome, all),
      ),
    ),
    section("Advice", `<dl>${advice.join("\n")}</dl>`, tableOf(typeRows(result))),
    section(
      "The specification's plans at today's prices",
      tableOf(planRows(result)),
      note("USD a month, running all the time."),
    ),
    section("If Spot costs more or less", tableOf(sensitivityRows(result))),
    section("Assumptions", assumptions(result)),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body>
${body.join("\n")}
</body></html>
`;
}
