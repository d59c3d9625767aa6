//! What beginners write, as data: each cell of `mistakes.txt` fails, in its own lines and with one hint for each error, and the
//! hint is true: who does what it says has a cell that runs.
//!
//! In that file `=== TITLE` starts a session, and empty lines divide its cells. A cell with a hint behind it must fail with that
//! hint; any other must run in silence. Each `then: CELL` behind a hint is a cell that does what the hint says, to the letter;
//! only a hint that names no change has none. The looks of whole messages are in `errors`.

use crate::session::Session;

/// Names and phrases of the engine's that no person should meet.
const INTERNAL: [&str; 10] = [
    "hebb",
    "Rung",
    "ladder",
    "CellFailure",
    "put_back",
    "Ok(())\n",
    "::<T>",
    "prelude::",
    "candidate #",
    "this error originates",
];

/// Ends a mended cell when it has run to its end, so that it changes nothing for the others.
const END: &str = "the mended cell has run";

#[test]
fn every_mistake_has_one_hint_in_plain_words_that_is_true() {
    let mut wrong = Vec::new();
    let (mut mistakes, mut mended) = (0, 0);
    for block in include_str!("mistakes.txt").split("\n=== ").skip(1) {
        let mut session = Session::new();
        let mut cells: Vec<&str> = Vec::new();
        let mut promises = Vec::new();
        for text in block.split("\n\n").skip(1) {
            let mut parts = text.trim_matches('\n').split("\nthen: ");
            let text = parts.next().unwrap_or_default();
            let (code, hint) = match text.rsplit_once("\nhint: ") {
                Some((code, hint)) => (code, Some(hint)),
                None => (text, None),
            };
            let shown = session.run(code);
            cells.push(code);
            let problem = match hint {
                None => (!shown.is_empty()).then_some("it is not silent"),
                Some(hint) => {
                    mistakes += 1;
                    problem(&shown, hint, &cells)
                }
            };
            if let Some(problem) = problem {
                wrong.push(format!("{problem}:\n{code}\n{shown}"));
            }
            promises.extend(parts.map(|cell| (cell, hint)));
        }
        // Behind all mistakes: a name that a cell has lost would change the hints of the cells below it.
        for (cell, hint) in promises {
            mended += 1;
            let shown = session.run(&format!("{cell}\n;panic!({END:?})"));
            if !shown.contains(&format!("Panic: {END}")) {
                wrong.push(format!("{hint:?} leads to a cell that fails:\n{cell}\n{shown}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(mistakes > 300, "{mistakes}");
    assert!(mended > 300, "{mended}");
}

/// What is wrong with the answer to a cell that must fail.
fn problem(shown: &str, hint: &str, cells: &[&str]) -> Option<&'static str> {
    let errors = shown.split("\n\n").collect::<Vec<_>>();
    let first = errors.first().copied().unwrap_or_default();
    let hints: Vec<&str> = first
        .lines()
        .filter_map(|line| line.strip_prefix("hint: "))
        .collect();
    let starts = ["error", "Panic: ", "Error: "];
    if !starts.iter().any(|start| first.starts_with(start)) {
        return Some("it does not fail");
    }
    if hints != [hint] {
        return Some("another hint");
    }
    if INTERNAL.iter().any(|internal| shown.contains(internal)) {
        return Some("the engine shows");
    }
    let own = |line: &str| cells.iter().any(|cell| cell.lines().any(|own| own == line));
    // `12 | code` quotes a line; suggestions have `-`, `+` or `~` there, or their signs below.
    let mut lines = first.lines().take_while(|line| !line.starts_with("hint: "));
    if lines.any(|line| quoted(line).is_some_and(|code| !own(code))) {
        return Some("a line that nobody wrote");
    }
    if !first.contains("--> In [") {
        return Some("no place");
    }
    None
}

/// The code of a line that quotes some.
fn quoted(line: &str) -> Option<&str> {
    let (number, code) = line.split_once('|')?;
    let is_number = !number.trim().is_empty() && number.trim().bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| code.strip_prefix(' ').unwrap_or(code))
}
