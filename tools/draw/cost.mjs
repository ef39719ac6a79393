// How hard a drawing is to read, as one number. A line that is crossed costs more than one that is long, and a page
// is scrolled down more easily than it is read small.
import { COLUMN } from "./page.mjs";

const BEND = 30;
const CROSSING = 120;
const WIDTH = 3;
const HEIGHT = 1.5;
const TOO_WIDE = 6;

export function cost({ width, height, lines }) {
  const pieces = lines.flatMap(({ points }) => points.slice(1).map((point, i) => [points[i], point]));
  const length = pieces.reduce((sum, [a, b]) => sum + Math.abs(a.x - b.x) + Math.abs(a.y - b.y), 0);
  const bends = lines.reduce((sum, { points }) => sum + points.length - 2, 0);
  const size = WIDTH * width + HEIGHT * height + TOO_WIDE * Math.max(0, width - COLUMN);
  return length + BEND * bends + CROSSING * crossings(pieces) + size;
}

function crossings(pieces) {
  const upright = pieces.filter(([a, b]) => a.x === b.x);
  const level = pieces.filter(([a, b]) => a.y === b.y);
  let sum = 0;
  for (const [a, b] of upright)
    for (const [c, d] of level) if (between(a.x, c.x, d.x) && between(c.y, a.y, b.y)) sum += 1;
  return sum;
}

const between = (value, a, b) => value > Math.min(a, b) && value < Math.max(a, b);
