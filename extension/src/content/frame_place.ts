/**
 * Where this frame's window lies within its tab. A frame of another site's page knows nothing of that by itself: it asks
 * our script in the page around it, which asks the one around that. The question goes past the page's own scripts, which
 * may answer too; all they can do with it is to choose which part of their tab, seen by the person anyway, is the picture.
 */

const ASKED = "lossy:where";
/** Our script may not be in the page around, which then stays silent. */
const ANSWER_MS = 250;

/** In CSS pixels of the tab; `width` is the tab's own. */
export interface FramePlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

/** Null where one of the pages around does not say. */
export function placeInTab(): Promise<FramePlace | null> {
  if (window === window.top) return Promise.resolve({ left: 0, top: 0, width: innerWidth });
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const end = (place: FramePlace | null) => {
      port1.close();
      resolve(place);
    };
    const overdue = setTimeout(() => end(null), ANSWER_MS);
    port1.onmessage = ({ data }) => {
      clearTimeout(overdue);
      end(isPlace(data) ? data : null);
    };
    window.parent.postMessage(ASKED, "*", [port2]);
  });
}

/** Answers the frames within this one, until `signal` says that it is over. */
export function tellPlaces(signal: AbortSignal): void {
  const take = ({ data, source, ports }: MessageEvent) => {
    const [port] = ports;
    const frame = [...document.querySelectorAll("iframe")].find(({ contentWindow }) => contentWindow === source);
    if (data === ASKED && frame !== undefined && port !== undefined) void answer(frame, port);
  };
  addEventListener("message", take, { signal });
}

async function answer(frame: HTMLIFrameElement, port: MessagePort): Promise<void> {
  const here = await placeInTab();
  if (here === null) return;
  const { left, top } = frame.getBoundingClientRect();
  const { paddingLeft, paddingTop } = getComputedStyle(frame);
  const within = {
    left: frame.clientLeft + Number.parseFloat(paddingLeft),
    top: frame.clientTop + Number.parseFloat(paddingTop),
  };
  port.postMessage({ left: here.left + left + within.left, top: here.top + top + within.top, width: here.width });
}

function isPlace(data: unknown): data is FramePlace {
  const { left, top, width } = (data ?? {}) as Partial<FramePlace>;
  return [left, top, width].every(Number.isFinite) && (width as number) > 0;
}
