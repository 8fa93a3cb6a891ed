import { expect, test } from "vitest";
import { editDistance } from "../../src/knowledge/edit-distance.ts";

test.each([
  ["gmail", "gmail", 0],
  ["gmail", "gmial", 1],
  ["gmail", "mail", 1],
  ["5.7.515", "5.7.15", 1],
  ["gmail", "hmail", 1],
  ["abc", "", 3],
  ["kitten", "sitting", 3],
])("%s and %s are %i apart", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});
