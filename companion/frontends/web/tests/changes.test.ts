import { expect, test } from "vitest";
import { Changes } from "../src/live/changes";

test("what is told while a value is asked for is not lost to an answer from before it", () => {
  const changes = new Changes<string[]>();
  changes.note((old) => [...old, "told before"]);
  changes.begin();
  changes.note((old) => [...old, "told meanwhile"]);
  expect(changes.settle(["asked for"])).toEqual(["asked for", "told meanwhile"]);
  changes.note((old) => [...old, "told later"]);
  changes.begin();
  expect(changes.settle(["asked again"])).toEqual(["asked again"]);
});
