/** A message as it lies on a lane; hidden until `visibleAtMs`. Each receive gives it a new receipt. */
export type Stored = {
  readonly body: string;
  /** The tenant; messages without one are a group of their own. */
  readonly group: string;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receives: number;
  receipt: string;
};
