//! Curves and points as lines of text, for terminals and for logs.

use super::axes::Series;
use super::card::number;
use super::marks::Marks;

const WIDTH: usize = 60;
const HEIGHT: usize = 14;
/// One letter per series, in order.
const MARKS: [char; 7] = ['o', '+', 'x', '*', '#', '@', '%'];

/// A drawing of the series within a range, with the ends of both axes and a legend where there are several. The marks say
/// which numbers the places on each axis stand for.
pub(super) fn draw(
    title: &str,
    series: &[Series],
    [x, y]: [(f64, f64); 2],
    [across, up]: [Marks; 2],
) -> String {
    let mut cells = vec![[' '; WIDTH]; HEIGHT];
    for (index, series) in series.iter().enumerate() {
        for &(a, b) in &series.points {
            let place = |value: f64, (low, high): (f64, f64), size: usize| {
                let share = (value - low) / (high - low);
                (0.0..=1.0)
                    .contains(&share)
                    .then(|| (share * (size - 1) as f64).round() as usize)
            };
            if let (Some(column), Some(row)) = (place(a, x, WIDTH), place(b, y, HEIGHT)) {
                cells[HEIGHT - 1 - row][column] = MARKS[index % MARKS.len()];
            }
        }
    }
    let ends = [up.number(y.1), up.number(y.0)].map(number);
    let margin = ends.iter().map(|end| end.chars().count()).max().unwrap_or(0);
    let mut lines = Vec::new();
    if !title.is_empty() {
        lines.push(title.to_string());
    }
    for (row, cells) in cells.iter().enumerate() {
        let end = match row {
            0 => ends[0].as_str(),
            row if row == HEIGHT - 1 => ends[1].as_str(),
            _ => "",
        };
        let cells: String = cells.iter().collect();
        lines.push(format!("{end:>margin$} |{}", cells.trim_end()));
    }
    lines.push(format!("{:margin$} +{}", "", "-".repeat(WIDTH)));
    let (low, high) = (number(across.number(x.0)), number(across.number(x.1)));
    lines.push(format!(
        "{:margin$}  {low}{high:>width$}",
        "",
        width = WIDTH - low.chars().count()
    ));
    let names = ["x", "y"].into_iter().zip([across, up]);
    let logarithmic: Vec<&str> = names
        .filter(|(_, marks)| marks.are_logarithmic())
        .map(|(name, _)| name)
        .collect();
    if !logarithmic.is_empty() {
        let axes = logarithmic.join(" and ");
        lines.push(format!("{:margin$}  {axes}: logarithmic scale", ""));
    }
    if series.len() > 1 {
        let names = series
            .iter()
            .enumerate()
            .map(|(index, series)| format!("{} {}", MARKS[index % MARKS.len()], series.name));
        lines.push(format!(
            "{:margin$}  {}",
            "",
            names.collect::<Vec<_>>().join("   ")
        ));
    }
    lines.join("\n")
}
