//! The report as a page of at most 80 columns, for a terminal or a file.

use super::finding::{Finding, Status};

/// Columns of a page.
const WIDTH: usize = 80;
/// Where the name of a check begins, and what was found.
const CHECK_AT: usize = 9;
const FOUND_AT: usize = 26;

/// The page; with colours only if they are wanted.
pub fn page(findings: &[Finding], colours: bool) -> String {
    let mut text = String::new();
    for finding in findings {
        text.push_str(&line(finding, colours));
    }
    let count = |status| findings.iter().filter(|finding| finding.status == status).count();
    text.push_str(&format!(
        "\n{}, {}\n",
        number(count(Status::Error), "error"),
        number(count(Status::Warning), "warning")
    ));
    text
}

fn line(finding: &Finding, colours: bool) -> String {
    let (word, colour) = match finding.status {
        Status::Ok => ("ok", "32"),
        Status::Warning => ("warning", "33"),
        Status::Error => ("error", "31"),
    };
    let hint = finding
        .hint
        .iter()
        .flat_map(|hint| wrapped(&format!("hint: {hint}")));
    let rows = wrapped(&finding.found).into_iter().chain(hint);
    let mut text = String::new();
    for (number, row) in rows.enumerate() {
        let start = match number {
            0 => {
                let gap = " ".repeat(CHECK_AT - word.len());
                let word = match colours {
                    true => format!("\x1b[{colour}m{word}\x1b[0m"),
                    false => word.to_owned(),
                };
                format!(
                    "{word}{gap}{:<width$}",
                    finding.check,
                    width = FOUND_AT - CHECK_AT
                )
            }
            _ => " ".repeat(FOUND_AT),
        };
        text.push_str(format!("{start}{row}").trim_end());
        text.push('\n');
    }
    text
}

/// The text in rows that fit, cut between words. A word that is longer than a row stands alone: a path is to be copied in one piece.
fn wrapped(text: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for line in text.lines() {
        let mut row = String::new();
        for word in line.split_whitespace() {
            if !row.is_empty() && row.chars().count() + 1 + word.chars().count() > WIDTH - FOUND_AT {
                rows.push(std::mem::take(&mut row));
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        rows.push(row);
    }
    if rows.is_empty() {
        rows.push(String::new());
    }
    rows
}

fn number(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthy_installation() {
        let findings = [
            Finding::ok("hebb", "0.1.0, /usr/local/bin/hebb"),
            Finding::ok(
                "compiler",
                "rustc 1.95.0 (59807616e 2026-04-14), which built Hebb, in /opt/rust",
            ),
        ];
        insta::assert_snapshot!(page(&findings, false), @"
        ok       hebb             0.1.0, /usr/local/bin/hebb
        ok       compiler         rustc 1.95.0 (59807616e 2026-04-14), which built Hebb,
                                  in /opt/rust

        no error, no warning
        ");
    }

    #[test]
    fn a_broken_one_says_what_to_do() {
        let findings = [
            Finding::error(
                "compiler",
                "Hebb was built with rustc 1.95.0, but the compiler here is rustc 1.90.0\nhint: build Hebb again with this \
                 compiler: install/lab.sh; or set RUSTC to the path of the old one",
                "",
            ),
            Finding::warning(
                "shared-cache",
                "/srv/a/very/long/path/that/does/not/fit/into/a/single/row/of/a/page/hebb is not there",
                "correct HEBB_CACHE_PATH",
            ),
            Finding::warning("home", "", ""),
        ];
        let page = page(&findings, false);
        insta::assert_snapshot!(page, @"
        error    compiler         Hebb was built with rustc 1.95.0, but the compiler
                                  here is rustc 1.90.0
                                  hint: build Hebb again with this compiler:
                                  install/lab.sh; or set RUSTC to the path of the old
                                  one
        warning  shared-cache     /srv/a/very/long/path/that/does/not/fit/into/a/single/row/of/a/page/hebb
                                  is not there
                                  hint: correct HEBB_CACHE_PATH
        warning  home

        1 error, 2 warnings
        ");
        let json = serde_json::to_string_pretty(&findings[0]).unwrap();
        insta::assert_snapshot!(json, @r#"
        {
          "check": "compiler",
          "status": "error",
          "found": "Hebb was built with rustc 1.95.0, but the compiler here is rustc 1.90.0",
          "hint": "build Hebb again with this compiler: install/lab.sh; or set RUSTC to the path of the old one"
        }
        "#);
        let plain = page.lines().filter(|line| !line.contains("/very/long"));
        assert!(plain.map(|line| line.chars().count()).all(|width| width <= WIDTH));
    }

    #[test]
    fn colours_are_for_a_terminal() {
        let findings = [Finding::ok("hebb", "here")];
        assert!(page(&findings, true).starts_with("\x1b[32mok\x1b[0m       hebb"));
        assert!(!page(&findings, false).contains('\x1b'));
    }
}
