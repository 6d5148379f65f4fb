/** Metric names, units and dimensions; the sink, the dashboards and the alarms share them. */
export const metrics = {
  namespace: "Muster",
  names: {
    runsEnded: { name: "RunsEnded", unit: "Count" },
    turnsCommitted: { name: "TurnsCommitted", unit: "Count" },
    turnMs: { name: "TurnMs", unit: "Milliseconds" },
    costMicroUsd: { name: "CostMicroUsd", unit: "None" },
    slotsActive: { name: "SlotsActive", unit: "Count" },
    controllerHeartbeat: { name: "ControllerHeartbeat", unit: "Count" },
  },
} as const;
