import { select } from 'd3-selection';

import type { Span } from '../../spans.ts';
import { cutoffOf, percentOf, type Tick, ticksOf } from '../../time-axis.ts';
import { find, findAll } from './elements.ts';

const PIXELS_PER_TICK = 100;

/** Returns a function that draws a part of the axis: it stretches the bars and replaces the ticks. */
export function createRenderer(chart: HTMLElement, axis: Span): (view: Span) => void {
  const layers = findAll(chart, '.axis, .bars', SVGSVGElement);
  const scaled = find(chart, '.scaled', SVGSVGElement);
  const arrows = findAll(chart, '.beyond', SVGSVGElement);
  const { viewBox } = scaled;
  const unitsPerMillisecond = viewBox.baseVal.width / (axis.end - axis.begin);

  return (view) => {
    viewBox.baseVal.x = (view.begin - axis.begin) * unitsPerMillisecond;
    viewBox.baseVal.width = (view.end - view.begin) * unitsPerMillisecond;
    for (const layer of layers) drawMarks(layer, view);
    // Arrows are shown only if the end of the axis is in view.
    const isAtEnd = axis.end - view.end < (view.end - view.begin) / 1e6;
    for (const arrow of arrows) arrow.toggleAttribute('hidden', !isAtEnd);
  };
}

function drawMarks(layer: SVGSVGElement, view: Span): void {
  select(layer)
    .selectAll<SVGSVGElement, Tick>('.tick')
    .data(ticksOf(view, Math.max(2, layer.clientWidth / PIXELS_PER_TICK)))
    .join((entering) => {
      const tick = entering.insert('svg', '.cutoff').attr('class', 'tick');
      tick.append('line').attr('y2', '100%');
      tick.append('text');
      return tick;
    })
    .attr('x', ({ time }) => percentOf(time, view))
    .select('text')
    .text(({ label }) => label);
  const cutoff = find(layer, '.cutoff', SVGSVGElement);
  const { kind, x, label } = cutoffOf(Number(cutoff.dataset['time']), view);
  select(cutoff).attr('class', kind).attr('x', x).select('text').text(label);
}
