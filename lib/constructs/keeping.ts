/** Whether what a deployment holds outlives it. */
import { RemovalPolicy } from "aws-cdk-lib";

/** `keep` protects data against deletion of the stack; `dispose` is for trials and leaves nothing behind. */
export type Keeping = "keep" | "dispose";

/** Policy of a resource that holds data. */
export const removalOf = (keeping: Keeping): RemovalPolicy =>
  keeping === "keep" ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
