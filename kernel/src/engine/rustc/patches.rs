//! The change that is shown under an error: the compiler's own, in the person's lines.
//!
//! Where it would mend one number of many, all numbers of the statement are mended: a person who copies it is done.

use super::compile::{Advice, Diagnostic, Span};
use super::diagnostics::{is_ours, places};
use super::hints;
use super::source::{Assembly, Origin};

/// The beginning of the compiler's advice to write `1.0` for `1`.
const POINT: &str = "use a float literal";

/// A change: the compiler's words for it, and what to write where.
pub struct Patch<'a> {
    /// The words.
    pub advice: &'a Advice,
    /// The places in the person's cells, each with its new text.
    pub places: Vec<(Origin, String)>,
}

/// The change that the compiler suggests in the person's own lines, if it is one for beginners. `all`: every error of the cell.
pub fn patch<'a>(diagnostic: &'a Diagnostic, all: &[&Diagnostic], file: &Assembly) -> Option<Patch<'a>> {
    let mut shown = diagnostic
        .children
        .iter()
        .filter(|advice| hints::worth_showing(advice, is_ours))
        .map(|advice| Patch {
            advice,
            places: places_of_patches(&advice.spans, file),
        });
    let mut patch = shown.find(|patch| !patch.places.is_empty())?;
    if patch.advice.message.starts_with(POINT) {
        let related = all
            .iter()
            .filter(|other| ***other == *diagnostic || is_same_mistake(diagnostic, other, file));
        patch.places = related.flat_map(|other| points(other, file)).collect();
        patch.places.sort_by_key(|(place, _)| place.range.start);
        patch.places.dedup_by_key(|(place, _)| place.range.end);
    }
    Some(patch)
}

/// Whether two errors are whole numbers of one statement that lack their points, so that one change mends both.
pub fn is_same_mistake(first: &Diagnostic, other: &Diagnostic, file: &Assembly) -> bool {
    let (first, other) = (points(first, file), points(other, file));
    let (Some((first, _)), Some((other, _))) = (first.first(), other.first()) else {
        return false;
    };
    let (start, end) = (
        first.range.start.min(other.range.start),
        first.range.start.max(other.range.start),
    );
    first.cell == other.cell && !first.cell.text[start..end].contains(';')
}

/// Where an error asks for points behind whole numbers.
fn points(diagnostic: &Diagnostic, file: &Assembly) -> Vec<(Origin, String)> {
    let advice = diagnostic.children.iter();
    advice
        .filter(|advice| advice.message.starts_with(POINT))
        .flat_map(|advice| places_of_patches(&advice.spans, file))
        .flat_map(|(place, text)| {
            let neighbours = neighbours(&place.cell.text, place.range.end).into_iter();
            let cell = place.cell.clone();
            let more = neighbours.map(move |end| Origin {
                cell: cell.clone(),
                range: end..end,
            });
            let more: Vec<(Origin, String)> = more.map(|place| (place, ".0".to_owned())).collect();
            std::iter::once((place, text)).chain(more)
        })
        .collect()
}

/// The ends of the whole numbers behind one that ends at `end`, in the same `[ ]`: a list holds one kind of number, and the
/// compiler looks no further than its first.
fn neighbours(text: &str, end: usize) -> Vec<usize> {
    let mut depth = 0_i32;
    let opener = text[..end].chars().rev().find(|c| {
        match c {
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' => depth -= 1,
            _ => {}
        }
        depth < 0
    });
    if opener != Some('[') {
        return Vec::new();
    }
    let mut ends = Vec::new();
    let mut start = end;
    depth = 0;
    for (at, c) in text[end..].char_indices().map(|(at, c)| (end + at, c)) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ';' if depth == 0 => break,
            _ => {}
        }
        if depth < 0 || depth == 0 && c == ',' {
            let element = text[start..at].trim_end();
            if hints::is_whole(element.trim_start()) {
                ends.push(start + element.len());
            }
            start = at + 1;
        }
        if depth < 0 {
            break;
        }
    }
    ends
}

/// The suggestions, if all of them are about the person's own text.
fn places_of_patches(spans: &[Span], file: &Assembly) -> Vec<(Origin, String)> {
    let all: Vec<(Origin, &Span)> = places(spans, file);
    let usable = all.len() == spans.len()
        && all.iter().all(|(place, span)| {
            // What stands for the person's text without being it cannot be patched; a cell has no value to return.
            file.text()[span.range.clone()] == *place.text()
                && span.replacement.as_deref().is_some_and(|replacement| {
                    // What is left to be filled in is better said in words.
                    !is_ours(replacement)
                        && replacement != hints::CELL_VALUE
                        && !["/*", "(_)", "(_, "]
                            .iter()
                            .any(|blank| replacement.contains(blank))
                })
        });
    if !usable {
        return Vec::new();
    }
    all.into_iter()
        .map(|(place, span)| (place, span.replacement.clone().unwrap_or_default()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::neighbours;

    #[test]
    fn the_whole_numbers_of_one_list_are_found() {
        let rows = [
            ("[1, 2, 30]", 2, vec![5, 9]),
            ("vec![1, 2.5, x, 3, f(4), 5,]", 6, vec![17, 26]),
            ("[[1, 2], [3, 4]]", 3, vec![6]),
            ("f(1, 2)", 3, vec![]),
            ("[f(1, 2), 3]", 4, vec![]),
            ("[1; 3]", 2, vec![]),
            ("[1, 2", 2, vec![]),
            ("1", 1, vec![]),
        ];
        for (text, end, expected) in rows {
            assert_eq!(neighbours(text, end), expected, "{text}");
        }
    }
}
