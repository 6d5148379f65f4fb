/**
 * What builds container images here. `ready`: it answers, and builds for the operating system `os`, on `arch`. `absent`: there is
 * no such command. `silent`: it is there and does not work (not started, not allowed).
 */
export type BuilderState =
  | { readonly kind: "ready"; readonly command: string; readonly os: string; readonly arch: string; readonly version: string } // biome-ignore format: one line
  | { readonly kind: "absent"; readonly command: string }
  | { readonly kind: "silent"; readonly command: string; readonly because: string };

/** Looks, and changes nothing. Ends within `limits.builderLookMs`, and never throws. */
export interface ImageBuilder {
  look(): Promise<BuilderState>;
}
