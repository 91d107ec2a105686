"""Draws the charts of benchmarks/peers."""

STYLE = """text { font: 13px system-ui, sans-serif; fill: #222 }
.name { font-weight: 600 }
.label { font-size: 11px; fill: #555 }
.bar { fill: #90a4ae }
.own { fill: #00695c }
.ground { fill: #fff }
@media (prefers-color-scheme: dark) {
text { fill: #eee }
.label { fill: #bbb }
.bar { fill: #607d8b }
.own { fill: #4db6ac }
.ground { fill: #1e2129 }
}"""
ROW = 20


def bars(title, groups, form):
	"""Return an SVG of groups of bars, each of them a name and pairs of a label and a value.

	>>> bars("t", [("g", [("spop", 2), ("b", 1)])], "{:.1f}").count("<rect")
	3
	"""
	height = 24 + sum(34 + ROW * len(values) for _, values in groups)
	lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {height}" role="img" aria-labelledby="title">',
			f'<title id="title">{title}</title>', "<style>", STYLE, "</style>",
			f'<rect class="ground" width="800" height="{height}" rx="6"/>']
	y = 24
	for name, values in groups:
		largest = max(value for _, value in values)
		lines.append(f'<text class="name" x="20" y="{y + 6}">{name}</text>')
		y += 16
		for label, value in values:
			width = 480 * value / largest
			lines.append(f'<text class="label" x="170" y="{y + 14}" text-anchor="end">{label}</text>')
			lines.append(f'<rect class="{"own" if label == "spop" else "bar"}" x="180" y="{y + 3}" width="{width:.1f}" height="{ROW - 6}"/>')
			lines.append(f'<text class="label" x="{186 + width:.1f}" y="{y + 14}">{form.format(value)}</text>')
			y += ROW
		y += 18
	return "\n".join([*lines, "</svg>", ""])


def draw(folder, medians, titles):
	"""Draw the medians of loads and agents."""
	loads = list(dict.fromkeys(load for load, _ in medians))
	few = [load for load in loads if load.startswith("direct") or load.endswith("TCP, 32 clients")]
	for name, figure, title, form in (("cpu", "cpu", "Processor time of the agent for each answer, µs", "{:.2f}"),
			("requests", "rate", "Answers in a second", "{:,.0f}")):
		groups = [(f"{load}{', µs' if figure == 'cpu' else ', in a second'}",
				[(titles[agent], medians[load, agent][figure]) for agent in titles if (load, agent) in medians]) for load in few]
		(folder / f"peers-{name}.svg").write_text(bars(title, groups, form), encoding="utf-8")
