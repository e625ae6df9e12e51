import { find, findAll } from './elements.ts';
import { type Outage, readOutages } from './read-outages.ts';
import { saveOnClick } from './save-chart.ts';
import { createTooltip } from './tooltip.ts';
import { openView } from './zoom-view.ts';

const ZOOM_STEP = 2;

/** Adds tooltips and zoom to the chart, by pointer and by keyboard. */
export function openChart(chart: HTMLElement): void {
  const plot = find(chart, '.plot', HTMLElement);
  const all = readOutages(chart);
  /** The outages that the filter shows. */
  const shown = (): readonly Outage[] => all.filter(({ bar }) => !bar.closest('.row')?.hasAttribute('hidden'));
  const tooltip = createTooltip(plot);
  const view = openView(chart, tooltip.hide);
  let selected: Outage | undefined;

  function select(outage: Outage | undefined): void {
    if (!outage) return;
    selected?.bar.classList.remove('selected');
    selected = outage;
    outage.bar.classList.add('selected');
    outage.bar.scrollIntoView({ block: 'nearest' });
    view.include(outage);
    tooltip.show(outage);
    tooltip.announce(outage);
  }

  function zoomBy(factor: number): void {
    view.zoomBy(factor, selected?.begin);
    if (selected) tooltip.show(selected);
  }

  function step(by: 1 | -1): void {
    const outages = shown();
    const index = selected ? outages.indexOf(selected) : -1;
    select(index === -1 ? outages[0] : outages[index + by]);
  }

  const keys: Readonly<Record<string, () => void>> = {
    ArrowRight: () => {
      step(1);
    },
    ArrowLeft: () => {
      step(-1);
    },
    ArrowDown: () => {
      select(selected ? nearest(shown(), selected, 1) : shown()[0]);
    },
    ArrowUp: () => {
      select(selected ? nearest(shown(), selected, -1) : shown()[0]);
    },
    Home: () => {
      select(shown()[0]);
    },
    End: () => {
      select(shown().at(-1));
    },
    '+': () => {
      zoomBy(ZOOM_STEP);
    },
    '=': () => {
      zoomBy(ZOOM_STEP);
    },
    '-': () => {
      zoomBy(1 / ZOOM_STEP);
    },
    '0': view.reset,
    Escape: tooltip.hide,
  };

  plot.tabIndex = 0;
  plot.role = 'application';
  plot.ariaRoleDescription = 'timeline';
  plot.ariaLabel = 'Timeline of outages';
  plot.setAttribute('aria-describedby', 'keys');
  plot.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const byBar = new Map(all.map((outage) => [outage.bar, outage]));
  plot.addEventListener('pointerover', ({ target }) => {
    const outage = target instanceof SVGRectElement ? byBar.get(target) : undefined;
    if (outage) tooltip.show(outage);
  });
  plot.addEventListener('pointerleave', tooltip.hide);
  plot.addEventListener('blur', tooltip.hide);

  const tools = find(document, '.tools', HTMLElement);
  tools.hidden = false;
  saveOnClick(find(tools, '.save', HTMLButtonElement), chart);
  for (const button of findAll(tools, '[data-zoom]', HTMLButtonElement)) {
    const factor = Number(button.dataset['zoom']);
    button.addEventListener('click', () => {
      if (factor === 0) view.reset();
      else view.zoomBy(factor);
    });
  }
}

/** Returns the outage with the closest begin in the next row, above or below, that has outages. */
function nearest(outages: readonly Outage[], { row, begin }: Outage, direction: 1 | -1): Outage | undefined {
  const candidates = outages.filter((outage) => (outage.row - row) * direction > 0);
  const next = (direction === 1 ? candidates[0] : candidates.at(-1))?.row;
  return candidates
    .filter((outage) => outage.row === next)
    .reduce<Outage | undefined>(
      (best, outage) => (best && Math.abs(best.begin - begin) <= Math.abs(outage.begin - begin) ? best : outage),
      undefined,
    );
}
