// How a map is looked at: where the camera stands, how large and how clear points are.

export const EDGE = 10.5; // data coordinates that are 1 to the library; maps reach to 10
const LEAST_HALF = 0.5; // data coordinates: copies of one image lie on one point

/** The camera that shows left, bottom, right, top in data coordinates, with a narrow margin. */
export function camera([left, bottom, right, top], width, height) {
  const aspect = height ? width / height : 1;
  const half = Math.max((top - bottom) / 2, (right - left) / 2 / aspect, LEAST_HALF);
  const target = [(left + right) / 2 / EDGE, (bottom + top) / 2 / EDGE];
  return { target, distance: (1.05 * half) / EDGE };
}

/** Size in pixels and opacity of so many points. */
export function look(count) {
  if (count < 5_000) return { size: 5, opacity: 0.9 };
  return count < 80_000 ? { size: 3, opacity: 0.75 } : { size: 2, opacity: 0.55 };
}
