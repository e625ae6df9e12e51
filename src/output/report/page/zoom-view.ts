import { select } from 'd3-selection';
import { type D3ZoomEvent, zoom, zoomIdentity } from 'd3-zoom';

import type { Span } from '../../spans.ts';
import { find } from './elements.ts';
import { createRenderer } from './renderer.ts';

/** The part of the time axis that the chart shows. */
export interface View {
  /** @param factor above 1 to zoom in @param around the time that keeps its place; default: the middle */
  readonly zoomBy: (factor: number, around?: number) => void;
  readonly reset: () => void;
  /** Moves the view, if needed, so that it shows as much of the span as possible. */
  readonly include: (span: Span) => void;
}

/** Browsers draw inexactly beyond this factor. */
const MAX_ZOOM = 1000;

/** Makes the chart zoomable. @param changed called whenever the view changes */
export function openView(chart: HTMLElement, changed: () => void): View {
  const axis: Span = { begin: Number(chart.dataset['begin']), end: Number(chart.dataset['end']) };
  const length = axis.end - axis.begin;
  const plot = find(chart, '.plot', HTMLElement);
  const selection = select(plot);
  const draw = createRenderer(chart, axis);
  let view = axis;
  let frame = 0;

  const behavior = zoom<HTMLElement, unknown>()
    .scaleExtent([1, MAX_ZOOM])
    .duration(0)
    .filter(isMeantForChart)
    .on('zoom', ({ transform }: D3ZoomEvent<HTMLElement, unknown>) => {
      const begin = axis.begin + (transform.invertX(0) / plot.clientWidth) * length;
      view = { begin, end: begin + length / transform.k };
      // Draw at most once per frame.
      if (frame === 0) frame = requestAnimationFrame(drawFrame);
      changed();
    });
  selection.call(behavior).on('dblclick.zoom', null);

  function drawFrame(): void {
    frame = 0;
    draw(view);
  }

  function show({ begin, end }: Span): void {
    // Without a width, there is no scale.
    if (plot.clientWidth === 0) return;
    const transform = zoomIdentity
      .scale(length / (end - begin))
      .translate((-(begin - axis.begin) / length) * plot.clientWidth, 0);
    behavior.transform(selection, transform);
  }

  new ResizeObserver(() => {
    const extent: [[number, number], [number, number]] = [
      [0, 0],
      [plot.clientWidth, plot.clientHeight],
    ];
    behavior.extent(extent).translateExtent(extent);
    show(view);
  }).observe(plot);

  return {
    zoomBy(factor, around = (view.begin + view.end) / 2) {
      const x = ((around - view.begin) / (view.end - view.begin)) * plot.clientWidth;
      behavior.scaleBy(selection, factor, [x, 0]);
    },
    reset() {
      show(axis);
    },
    include({ begin, end }) {
      if (begin >= view.begin && Math.min(end, axis.end) <= view.end) return;
      const span = view.end - view.begin;
      const middle = end - begin > span ? begin + span / 2 : (begin + end) / 2;
      const from = Math.min(Math.max(middle - span / 2, axis.begin), axis.end - span);
      show({ begin: from, end: from + span });
    },
  };
}

/** Leaves the plain wheel and one finger to the scrolling of the page. */
function isMeantForChart(event: Event): boolean {
  if (event instanceof WheelEvent) return event.ctrlKey || event.metaKey;
  if (event instanceof MouseEvent) return event.button === 0;
  return 'TouchEvent' in window && event instanceof TouchEvent && event.touches.length > 1;
}
