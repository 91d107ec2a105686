"""Judges the samples of benchmarks/soak, prints a table and draws a plot.

soak_report.py SAMPLES.csv PLOT.svg TITLE

A figure is flat if its median in the last quarter of the load is not larger than that in the second quarter by more than its
tolerance. The first quarter is left out, in which the JVM compiles and pools fill. The status is 1 if a figure is not flat.
"""
import csv
import statistics
import sys

MIB = 1024 * 1024

# Column, name, unit, its size, and the tolerance in units besides 5 %. The first has a value in each 12th line only.
FIGURES = [
	("heap", "heap after a full collection", "MiB", MIB, 1),
	("direct", "direct memory of Netty", "MiB", MIB, 1),
	("buffers", "direct and mapped buffers of the JVM", "MiB", MIB, 1),
	("threads", "threads", "", 1, 3),
	("descriptors", "file descriptors", "", 1, 10),
	("resident", "resident memory", "MiB", MIB, 8),
]
PLOTTED = ["heap", "direct", "threads", "descriptors"]


def quarters(values):
	"""Return the medians of the second and the last quarter of pairs of a time and a value.

	>>> quarters([(0, 9), (10, 2), (14, 4), (20, 8), (30, 5), (35, 7), (40, 6)])
	(3.0, 6)
	"""
	end = values[-1][0]
	second = [value for time, value in values if end / 4 <= time < end / 2]
	last = [value for time, value in values if time >= end * 3 / 4]
	return statistics.median(second), statistics.median(last)


def is_flat(before, after, tolerance):
	"""Tell whether a figure did not grow.

	>>> is_flat(100, 105, 3), is_flat(100, 109, 3), is_flat(100, 50, 3)
	(True, False, True)
	"""
	return after <= before * 1.05 + tolerance


def read(file):
	with open(file, encoding="utf-8") as lines:
		rows = list(csv.DictReader(lines))
	return {column: [(int(row["seconds"]), int(row[column]) / size) for row in rows if row[column]]
			for column, _, _, size, _ in FIGURES}


def number(value):
	return f"{value:.1f}".removesuffix(".0")


def report(series):
	print("| | second quarter | last quarter | smallest, largest | |")
	print("|---|---|---|---|---|")
	flat = True
	for column, name, unit, _, tolerance in FIGURES:
		before, after = quarters(series[column])
		all_values = [value for _, value in series[column]]
		good = is_flat(before, after, tolerance)
		flat = flat and good
		print(f"| {name} | {number(before)} {unit} | {number(after)} {unit} | {number(min(all_values))}, {number(max(all_values))} {unit} "
				f"| {'flat' if good else '**grows**'} |".replace("  ", " "))
	return flat


def nice_top(value):
	"""Return a round number that is not smaller.

	>>> nice_top(0.3), nice_top(17), nice_top(21), nice_top(130)
	(1, 20, 40, 200)
	"""
	top = 1
	while True:
		for factor in (1, 2, 4):
			if value <= top * factor:
				return top * factor
		top *= 10


def panel(name, unit, values, end, left, top, width, height):
	largest = nice_top(max(value for _, value in values) * 1.05)
	points = " ".join(f"{left + width * time / end:.1f},{top + height - height * value / largest:.1f}" for time, value in values)
	minutes = round(end / 60)
	lines = [f'<text class="name" x="{left}" y="{top - 10}">{name}{", " + unit if unit else ""}</text>']
	for part in range(3):
		y = top + height - height * part / 2
		lines.append(f'<path class="grid" d="M{left} {y}h{width}"/>')
		lines.append(f'<text class="label" x="{left - 6}" y="{y + 4}" text-anchor="end">{number(largest * part / 2)}</text>')
	lines.append(f'<text class="label" x="{left}" y="{top + height + 16}">0</text>')
	lines.append(f'<text class="label" x="{left + width}" y="{top + height + 16}" text-anchor="end">{minutes} min</text>')
	lines.append(f'<polyline class="line" points="{points}"/>')
	return lines


def draw(series, title):
	lines = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 460" role="img" aria-labelledby="title">',
			f'<title id="title">{title}</title>',
			"<style>",
			"text { font: 13px system-ui, sans-serif; fill: #222 }",
			".name { font-weight: 600 }",
			".label { font-size: 11px; fill: #555 }",
			".grid { stroke: #bbb; stroke-width: 1 }",
			".line { fill: none; stroke: #00695c; stroke-width: 1.5 }",
			".ground { fill: #fff }",
			"@media (prefers-color-scheme: dark) {",
			"text { fill: #eee }",
			".label { fill: #bbb }",
			".grid { stroke: #555 }",
			".line { stroke: #4db6ac }",
			".ground { fill: #1e2129 }",
			"}",
			"</style>",
			'<rect class="ground" width="800" height="460" rx="6"/>']
	end = max(values[-1][0] for values in series.values())
	for place, column in enumerate(PLOTTED):
		name, unit = next((name, unit) for key, name, unit, _, _ in FIGURES if key == column)
		lines += panel(name, unit, series[column], end, 50 + place % 2 * 390, 40 + place // 2 * 225, 340, 150)
	return "\n".join(lines + ["</svg>", ""])


def main():
	samples, plot, title = sys.argv[1:]
	series = read(samples)
	with open(plot, "w", encoding="utf-8") as file:
		file.write(draw(series, title))
	sys.exit(not report(series))


if __name__ == "__main__":
	main()
