/** Draws charts as SVG text with ECharts, without a browser: the report needs no script and no network. */
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, TitleComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, MarkAreaComponent, TitleComponent, SVGRenderer]);

/** Size in pixels; a report scales it. */
export type ChartSize = { readonly width: number; readonly height: number };

const FONT = "system-ui, sans-serif";

/** The chart as SVG. Times are shown in UTC. */
export function drawChart(option: EChartsCoreOption, { width, height }: ChartSize): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    useUTC: true,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT },
    ...option,
  });
  const svg = chart.renderToSVGString({ useViewBox: true });
  chart.dispose();
  return svg;
}
