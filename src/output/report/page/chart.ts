import { find, findAll } from './elements.ts';
import { type Outage, readOutages } from './read-outages.ts';
import { createTooltip } from './tooltip.ts';
import { openView } from './zoom-view.ts';

const ZOOM_STEP = 2;

/** Adds tooltips and zoom to the chart, by pointer and by keyboard. */
export function openChart(chart: HTMLElement): void {
  const plot = find(chart, '.plot', HTMLElement);
  const outages = readOutages(chart);
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

  const keys: Readonly<Record<string, () => void>> = {
    ArrowRight: () => {
      select(selected ? outages[outages.indexOf(selected) + 1] : outages[0]);
    },
    ArrowLeft: () => {
      select(selected ? outages[outages.indexOf(selected) - 1] : outages[0]);
    },
    ArrowDown: () => {
      select(selected ? nearest(outages, selected, 1) : outages[0]);
    },
    ArrowUp: () => {
      select(selected ? nearest(outages, selected, -1) : outages[0]);
    },
    Home: () => {
      select(outages[0]);
    },
    End: () => {
      select(outages.at(-1));
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

  const byBar = new Map(outages.map((outage) => [outage.bar, outage]));
  plot.addEventListener('pointerover', ({ target }) => {
    const outage = target instanceof SVGRectElement ? byBar.get(target) : undefined;
    if (outage) tooltip.show(outage);
  });
  plot.addEventListener('pointerleave', tooltip.hide);
  plot.addEventListener('blur', tooltip.hide);

  const tools = find(document, '.tools', HTMLElement);
  tools.hidden = false;
  for (const button of findAll(tools, 'button', HTMLButtonElement)) {
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
