/**
 * Every property of a deployment that a template can show, by the part of the product that wants it; each is taken away, changed
 * and (where it must not be there) added, and each time the same assertion must see it. What one value cannot show is in the tests
 * beside this one.
 */
import { describe, expect, test } from "vitest";
import { observeProperties, scalingProperties, securityProperties } from "./properties/control.ts";
import { fleetProperties } from "./properties/fleet.ts";
import { type Property, plants, resourcesOf, violations } from "./properties/property.ts";
import { doorProperties, stateProperties } from "./properties/state.ts";
import { type Templates, templatesOf } from "./synth.ts";

const templates = templatesOf({ profile: "surge" });
const all = {
  state: resourcesOf(templates.state),
  fleet: resourcesOf(templates.fleet),
  api: resourcesOf(templates.api),
  control: resourcesOf(templates.control),
  observe: resourcesOf(templates.observe),
} satisfies Record<keyof Templates, unknown>;

const parts: readonly (readonly [string, readonly Property[]])[] = [
  ["state", stateProperties],
  ["API", doorProperties],
  ["fleet", fleetProperties],
  ["scaling", scalingProperties],
  ["observability", observeProperties],
  ["security", securityProperties],
];

describe.each(parts)("%s", (_, properties) => {
  test.each(properties.map((property) => [property.text, property] as const))("%s", (_text, property) => {
    const resources = all[property.stack];
    expect(violations(resources, property)).toEqual([]);
    let planted = 0;
    for (const [what, without] of plants(resources, property)) {
      expect(violations(without, property), what).not.toEqual([]);
      planted++;
    }
    expect(planted).toBeGreaterThan(Object.keys(property.has).length);
  });
});
