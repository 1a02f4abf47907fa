// The plot of what a request costs as rules grow: both axes logarithmic.

const width = 680;
const height = 360;
const frame = { left: 72, right: 500, top: 24, bottom: 300 };
const names = {
    ngx_consent: 'ngx_consent',
    ubo: 'ubo-core',
    ghostery: '@ghostery/adblocker',
};

function axis(low, high, from, to) {
    return (value) => from + (Math.log10(value) - Math.log10(low))
        / (Math.log10(high) - Math.log10(low)) * (to - from);
}

function count(n) {
    return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

function powers(low, high) {
    const list = [];

    for (let n = low; n <= high; n *= 10) {
        list.push(n);
    }

    return list;
}

function line(x, y, points) {
    return points.map(({ size, mean }, i) =>
        `${i ? 'L' : 'M'}${x(size).toFixed(1)} ${y(mean).toFixed(1)}`)
        .join(' ');
}

function grid(x, y, sizes, costs) {
    return [
        ...costs.map((n) => `  <line class="grid" x1="${frame.left}"`
            + ` x2="${frame.right}" y1="${y(n)}" y2="${y(n)}"/>\n`
            + `  <text x="${frame.left - 10}" y="${y(n) + 5}"`
            + ` text-anchor="end">${count(n)}</text>`),
        ...sizes.map((n) => `  <text x="${x(n)}" y="${frame.bottom + 22}"`
            + ` text-anchor="middle">${count(n)}</text>`),
    ].join('\n');
}

function curve(x, y, { peer, points }) {
    const kind = peer === 'ngx_consent' ? 'ours' : 'peer';
    const last = points.at(-1);

    return [
        `  <path class="${kind}" d="${line(x, y, points)}"/>`,
        ...points.map(({ size, mean }) => `  <circle class="${kind}"`
            + ` cx="${x(size).toFixed(1)}" cy="${y(mean).toFixed(1)}"`
            + ' r="4"/>'),
        `  <text x="${frame.right + 14}" y="${(y(last.mean) + 5).toFixed(1)}">`
            + `${names[peer]}</text>`,
    ].join('\n');
}

export function plot(series) {
    const sizes = series[0].points.map(({ size }) => size);
    const means = series.flatMap(({ points }) =>
        points.map(({ mean }) => mean));
    const low = Math.min(100, 10 ** Math.floor(Math.log10(
        Math.min(...means))));
    const high = 10 ** Math.ceil(Math.log10(Math.max(...means)));
    const x = axis(sizes[0], sizes.at(-1), frame.left, frame.right);
    const y = axis(low, high, frame.bottom, frame.top);
    const told = series.map(({ peer, points }) =>
        `${names[peer]}: ${points.map(({ size, mean }) =>
            `${mean} with ${count(size)}`).join(', ')}`).join('; ');

    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${
        height}" role="img"
     aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="14">
  <title id="t">Nanoseconds a request, by the number of rules</title>
  <desc id="d">${told}.</desc>
  <style>
    text { fill: #1b1f24 }
    path, circle { fill: none; stroke-width: 2.5 }
    .grid { stroke: #d8dde3 }
    .ours { stroke: #2f7d51 }
    circle.ours { fill: #2f7d51 }
    .peer { stroke: #8a949f }
    circle.peer { fill: #8a949f }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6e9ed }
      .grid { stroke: #39424b }
      .ours { stroke: #6cc795 }
      circle.ours { fill: #6cc795 }
    }
  </style>
${grid(x, y, sizes, powers(low, high))}
${series.map((one) => curve(x, y, one)).join('\n')}
  <text x="${(frame.left + frame.right) / 2}" y="${
    height - 12}" text-anchor="middle">rules</text>
  <text transform="rotate(-90)" x="${-(frame.top + frame.bottom) / 2}"
        y="14" text-anchor="middle">nanoseconds a request</text>
</svg>
`;
}
