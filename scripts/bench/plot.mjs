/**
 * @typedef {import("./run.mjs").Row} Row
 * @typedef {{ title: string, side: Row["side"], points: { hosts: number, seconds: number }[] }} Line
 */

const WIDTH = 860;
const HEIGHT = 460;
/** Around the area of the lines; on the right stand their titles. */
const MARGIN = { left: 64, right: 292, top: 56, bottom: 52 };
const AREA = { left: MARGIN.left, right: WIDTH - MARGIN.right, top: MARGIN.top, bottom: HEIGHT - MARGIN.bottom };
/** Pixels between the titles of two lines. */
const TITLE_STEP = 17;
/** The first six are Okabe and Ito's without yellow, which people with any sight for colours tell apart. All are readable on white and on black. */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#a6761d", "#8c6bb1", "#e7298a"];

/**
 * How the first up grows with the fleet: an SVG with two logarithmic axes and a line for each scenario, at the longest start-up of the run.
 * It has no background, and its text takes the colour scheme of who looks at it.
 * @param {readonly Row[]} rows
 */
export function growthPlot(rows) {
    const startupMs = Math.max(...rows.map((row) => row.startupMs ?? 0));
    const lines = linesOf(rows, startupMs);
    const points = lines.flatMap((line) => line.points);
    const x = logarithmic(
        points.map(({ hosts }) => hosts),
        [AREA.left, AREA.right],
    );
    const y = logarithmic(
        points.map(({ seconds }) => seconds),
        [AREA.bottom, AREA.top],
    );
    const titles = spread(lines.map(({ points }) => y.at(points.at(-1)?.seconds ?? 1)));
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title">`,
        `<title id="title">Seconds of the first up over the number of hosts</title>`,
        "<style>",
        "text { font: 13px system-ui, sans-serif; fill: #1f2328 }",
        ".quiet { fill: #59636e } .head { font-size: 16px; font-weight: 600 }",
        ".grid { stroke: #59636e; stroke-opacity: .25 } .line { fill: none; stroke-width: 2; stroke-linejoin: round }",
        ".ours { stroke-width: 3.5 } .floor { stroke-dasharray: 6 4 }",
        "@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #9198a1 } }",
        "</style>",
        `<text class="head" x="${AREA.left}" y="24">First up, seconds (start-up of a process on a host: ${startupMs} ms)</text>`,
        ...y.ticks.map((tick) => grid(AREA.left, y.at(tick), AREA.right, y.at(tick)) + text(AREA.left - 8, y.at(tick) + 4, tick, "end")),
        ...x.ticks.map((tick) => grid(x.at(tick), AREA.top, x.at(tick), AREA.bottom) + text(x.at(tick), AREA.bottom + 20, tick, "middle")),
        `<text class="quiet" x="${(AREA.left + AREA.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">hosts</text>`,
        ...lines.flatMap((line, index) => drawn(line, COLORS[index % COLORS.length] ?? "", x, y, titles[index] ?? 0)),
        "</svg>",
        "",
    ].join("\n");
}

/** @param {readonly Row[]} rows @param {number} startupMs @returns {Line[]} */
function linesOf(rows, startupMs) {
    /** @type {Map<string, Line>} */
    const lines = new Map();
    for (const { scenario, title, side, hosts, startupMs: own, phases } of rows) {
        const seconds = phases["first up"]?.seconds;
        if (hosts === undefined || seconds === undefined || (own ?? startupMs) !== startupMs) continue;
        const line = lines.get(scenario) ?? { title, side, points: [] };
        line.points.push({ hosts, seconds });
        lines.set(scenario, line);
    }
    for (const { points } of lines.values()) points.sort((a, b) => a.hosts - b.hosts);
    return [...lines.values()];
}

/**
 * An axis that begins and ends at 1, 2 or 5 times a power of ten, with ticks at these.
 * @param {readonly number[]} values
 * @param {readonly [from: number, to: number]} pixels
 */
function logarithmic(values, [from, to]) {
    const steps = Array.from({ length: 24 }, (_, index) => ([1, 2, 5][index % 3] ?? 1) * 10 ** (Math.floor(index / 3) - 2));
    const least = steps.filter((step) => step <= Math.min(...values)).at(-1) ?? 1;
    const most = steps.find((step) => step >= Math.max(...values) && step > least) ?? 10;
    const at = (/** @type {number} */ value) => round(from + ((to - from) * Math.log(value / least)) / Math.log(most / least));
    return { at, ticks: steps.filter((step) => step >= least && step <= most) };
}

/**
 * Moves titles apart, so that none covers another, and keeps their order.
 * @param {readonly number[]} wanted
 */
function spread(wanted) {
    const places = [...wanted];
    const order = places.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
    // Down first, and then up again what fell out of the area.
    order.forEach((index, rank) => {
        const above = places[order[rank - 1] ?? -1] ?? Number.NEGATIVE_INFINITY;
        places[index] = Math.max(places[index] ?? 0, above + TITLE_STEP);
    });
    [...order].reverse().forEach((index, rank, reversed) => {
        const below = places[reversed[rank - 1] ?? -1] ?? AREA.bottom + TITLE_STEP;
        places[index] = Math.min(places[index] ?? 0, below - TITLE_STEP);
    });
    return places.map(round);
}

/**
 * @param {Line} line @param {string} color
 * @param {{ at: (value: number) => number }} x @param {{ at: (value: number) => number }} y
 * @param {number} titleY
 */
function drawn({ title, side, points }, color, x, y, titleY) {
    const places = points.map(({ hosts, seconds }) => ({ x: x.at(hosts), y: y.at(seconds) }));
    const last = places.at(-1) ?? { x: AREA.right, y: titleY };
    const leader = AREA.right + 14;
    return [
        `<polyline class="line ${side}" stroke="${color}" points="${places.map((place) => `${place.x},${place.y}`).join(" ")}"/>`,
        ...places.map((place) => `<circle cx="${place.x}" cy="${place.y}" r="4" fill="${color}"/>`),
        `<path d="M${last.x + 6} ${last.y}L${leader} ${titleY}" stroke="${color}" stroke-opacity=".5" stroke-dasharray="2 3" fill="none"/>`,
        `<circle cx="${leader + 6}" cy="${titleY}" r="4" fill="${color}"/>`,
        `<text x="${leader + 16}" y="${titleY + 4}">${escaped(title)}</text>`,
    ];
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
const grid = (x1, y1, x2, y2) => `<line class="grid" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;

/** @param {number} x @param {number} y @param {number} value @param {"end" | "middle"} anchor */
const text = (x, y, value, anchor) => `<text class="quiet" x="${x}" y="${y}" text-anchor="${anchor}">${value.toLocaleString("en")}</text>`;

const round = (/** @type {number} */ pixels) => Math.round(pixels * 10) / 10;

const escaped = (/** @type {string} */ words) => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
