// What is laid out, flat: boxes, labels and lines by id, in px from the upper left corner of the whole.

export function flat(graph) {
  const placed = { width: graph.width, height: graph.height, boxes: {}, labels: {}, lines: [] };
  collect(graph, placed);
  return placed;
}

function collect(node, placed) {
  for (const child of node.children ?? []) {
    placed.boxes[child.id] = box(child);
    collect(child, placed);
  }
  for (const edge of node.edges ?? []) {
    for (const label of edge.labels) placed.labels[label.id] = box(label);
    const points = edge.sections.flatMap(corners);
    placed.lines.push({ arrow: edge.arrow, part: edge.part, points: edge.back ? points.reverse() : points });
  }
}

const corners = ({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint];

const box = ({ x, y, width, height }) => ({ x, y, width, height });

// Adds the parts, which are placed from their own corner, at `corner`.
export function merge(placed, parts, corner) {
  const moved = (one) => ({ ...one, x: one.x + corner.x, y: one.y + corner.y });
  for (const [id, one] of Object.entries(parts.boxes)) placed.boxes[id] = moved(one);
  for (const [id, one] of Object.entries(parts.labels)) placed.labels[id] = moved(one);
  for (const line of parts.lines) placed.lines.push({ ...line, points: line.points.map(moved) });
}
