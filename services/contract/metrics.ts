/** Namespace of every metric that Muster writes; each carries the installation as its first dimension. */
export const metricNamespace = "Muster";
