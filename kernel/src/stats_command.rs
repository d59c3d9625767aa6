//! `hebb stats`: what is in caches, and how often cells were found compiled. It only reads, and adds up over as many directories as are
//! named: an administrator names those in the homes of a class.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::engine::rustc::cache::{Folder, Places, Tally, day, total, written};

/// `hebb stats`
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Without DIR it reads those in HEBB_CACHE_PATH and the user's own.
Everybody's cells are counted in their own cache directory, also those found in a shared one.
So over a class:  hebb stats /srv/hebb /home/*/.cache/hebb
Days are those of UTC; 400 are kept. `hebb cache clear` leaves the counts.

With --json: {\"directories\": [...], \"total\": {...}}. A directory has `path`, `role` (\"shared\",
\"own\" or \"named\"), `entries`, `bytes`, `oldest` and `newest` (days or null), `trouble` (text or
null) and `days`. Each of `days`, and `total`, has `compiled`, `found_own` and `found_shared`.

Exit codes:
  0    every directory could be read, or is not there yet
  1    one could not be read")]
pub struct StatsArguments {
    /// Cache directories: those that contain `cells`
    #[arg(value_name = "DIR")]
    pub directories: Vec<PathBuf>,
    /// Writes JSON instead of a page
    #[arg(long)]
    pub json: bool,
}

/// How many days a page shows.
const DAYS_SHOWN: usize = 14;

/// What is known of all directories.
#[derive(Debug, PartialEq, Serialize)]
struct Stats {
    directories: Vec<Directory>,
    total: Total,
}

/// What is known of one.
#[derive(Debug, PartialEq, Serialize)]
struct Directory {
    path: PathBuf,
    role: &'static str,
    entries: usize,
    bytes: u64,
    oldest: Option<String>,
    newest: Option<String>,
    trouble: Option<String>,
    days: Vec<Day>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Day {
    day: String,
    #[serde(flatten)]
    tally: Tally,
}

#[derive(Debug, PartialEq, Serialize)]
struct Total {
    entries: usize,
    bytes: u64,
    #[serde(flatten)]
    tally: Tally,
    days: Vec<Day>,
}

/// Shows what is in caches and how much they were used.
pub fn stats(arguments: &StatsArguments) -> ExitCode {
    let stats = add_up(survey(&arguments.directories));
    match arguments.json {
        true => println!("{}", serde_json::to_string_pretty(&stats).unwrap_or_default()),
        false => print!("{}", page(&stats)),
    }
    match stats
        .directories
        .iter()
        .any(|directory| directory.trouble.is_some())
    {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

fn survey(named: &[PathBuf]) -> Vec<Directory> {
    if !named.is_empty() {
        return named
            .iter()
            .map(|path| look(&Folder::listed(path), "named"))
            .collect();
    }
    let places = Places::from_environment();
    let shared = places.listed.iter().map(|folder| look(folder, "shared"));
    shared
        .chain(places.own.iter().map(|folder| look(folder, "own")))
        .collect()
}

fn look(folder: &Folder, role: &'static str) -> Directory {
    let (contents, trouble) = match folder.list() {
        Ok(contents) => (contents, None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Default::default(),
        Err(error) => (Default::default(), Some(error.to_string())),
    };
    let times = || contents.entries.iter().map(|entry| entry.used);
    Directory {
        path: folder.root().to_owned(),
        role,
        entries: contents.entries.len(),
        bytes: total(&contents.entries),
        oldest: times().min().map(day),
        newest: times().max().map(day),
        trouble,
        days: folder.days().into_iter().map(Day::from).collect(),
    }
}

impl From<(String, Tally)> for Day {
    fn from((day, tally): (String, Tally)) -> Day {
        Day { day, tally }
    }
}

fn add_up(directories: Vec<Directory>) -> Stats {
    let mut days: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    for Day { day, tally } in directories.iter().flat_map(|directory| &directory.days) {
        let sum = days.entry(day).or_default();
        *sum = sum.and(*tally);
        all = all.and(*tally);
    }
    let days = days
        .into_iter()
        .map(|(day, tally)| Day::from((day.to_owned(), tally)));
    Stats {
        total: Total {
            entries: directories.iter().map(|directory| directory.entries).sum(),
            bytes: directories.iter().map(|directory| directory.bytes).sum(),
            tally: all,
            days: days.collect(),
        },
        directories,
    }
}

fn page(stats: &Stats) -> String {
    let mut text = String::new();
    for directory in &stats.directories {
        text.push_str(&about(directory));
    }
    let Total { entries, bytes, .. } = stats.total;
    if stats.directories.len() > 1 {
        text.push_str(&format!(
            "all: {}, {}\n",
            counted(entries, "entry", "entries"),
            written(bytes)
        ));
    }
    let days = &stats.total.days;
    if days.is_empty() {
        text.push_str("\nNo cell was counted yet.\n");
        return text;
    }
    text.push_str("\nday            cells    found   of these shared   compiled\n");
    let shown = &days[days.len().saturating_sub(DAYS_SHOWN)..];
    for Day { day, tally } in shown {
        text.push_str(&row(day, tally));
    }
    let first = if shown.len() < days.len() {
        format!("{} days", days.len())
    } else {
        "all".to_owned()
    };
    text.push_str(&row(&first, &stats.total.tally));
    text
}

fn about(directory: &Directory) -> String {
    let role = match directory.role {
        "named" => "",
        "own" => " (your own)",
        _ => " (shared)",
    };
    let path = directory.path.display();
    if let Some(trouble) = &directory.trouble {
        return format!("{path}{role}: cannot be read: {trouble}\n");
    }
    let Some((oldest, newest)) = directory.oldest.as_ref().zip(directory.newest.as_ref()) else {
        return format!("{path}{role}: none yet\n");
    };
    let entries = counted(directory.entries, "entry", "entries");
    format!(
        "{path}{role}:\n  {entries}, {}, written or used between {oldest} and {newest}\n",
        written(directory.bytes)
    )
}

fn row(first: &str, tally: &Tally) -> String {
    let found = tally.found() * 100 / tally.cells().max(1);
    format!(
        "{first:<12}{:>8}{:>7} %{:>18}{:>11}\n",
        tally.cells(),
        found,
        tally.found_shared,
        tally.compiled
    )
}

fn counted(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(path: &str, role: &'static str, days: &[(&str, [u64; 3])]) -> Directory {
        let day = |(day, [compiled, found_own, found_shared]): &(&str, [u64; 3])| Day {
            day: (*day).to_owned(),
            tally: Tally {
                compiled: *compiled,
                found_own: *found_own,
                found_shared: *found_shared,
            },
        };
        Directory {
            path: path.into(),
            role,
            entries: 412,
            bytes: 36_100_000,
            oldest: Some("2026-10-01".to_owned()),
            newest: Some("2026-11-20".to_owned()),
            trouble: None,
            days: days.iter().map(day).collect(),
        }
    }

    #[test]
    fn a_class_is_added_up() {
        let stats = add_up(vec![
            directory("/srv/hebb", "named", &[]),
            directory(
                "/home/ada/.cache/hebb",
                "named",
                &[("2026-11-19", [1, 2, 3]), ("2026-11-20", [10, 0, 90])],
            ),
            directory("/home/bob/.cache/hebb", "named", &[("2026-11-20", [0, 5, 95])]),
        ]);
        insta::assert_snapshot!(page(&stats), @"
        /srv/hebb:
          412 entries, 36 MB, written or used between 2026-10-01 and 2026-11-20
        /home/ada/.cache/hebb:
          412 entries, 36 MB, written or used between 2026-10-01 and 2026-11-20
        /home/bob/.cache/hebb:
          412 entries, 36 MB, written or used between 2026-10-01 and 2026-11-20
        all: 1236 entries, 108 MB

        day            cells    found   of these shared   compiled
        2026-11-19         6     83 %                 3          1
        2026-11-20       200     95 %               185         10
        all              206     94 %               188         11
        ");
        let json = serde_json::to_value(&stats.total).unwrap();
        insta::assert_snapshot!(json, @r#"{"bytes":108300000,"compiled":11,"days":[{"compiled":1,"day":"2026-11-19","found_own":2,"found_shared":3},{"compiled":10,"day":"2026-11-20","found_own":5,"found_shared":185}],"entries":1236,"found_own":7,"found_shared":188}"#);
    }

    #[test]
    fn what_is_not_there_or_closed_is_said() {
        let nothing = Directory {
            entries: 0,
            oldest: None,
            newest: None,
            ..directory("/srv/none", "shared", &[])
        };
        let closed = Directory {
            trouble: Some("Permission denied (os error 13)".to_owned()),
            ..directory("/home/bob/.cache/hebb", "own", &[])
        };
        insta::assert_snapshot!(page(&add_up(vec![nothing, closed])), @"
        /srv/none (shared): none yet
        /home/bob/.cache/hebb (your own): cannot be read: Permission denied (os error 13)
        all: 412 entries, 72 MB

        No cell was counted yet.
        ");
    }

    #[test]
    fn a_page_shows_the_last_days() {
        let days: Vec<String> = (1..=20).map(|day| format!("2026-11-{day:02}")).collect();
        let rows: Vec<(&str, [u64; 3])> = days.iter().map(|day| (day.as_str(), [1, 0, 1])).collect();
        let page = page(&add_up(vec![directory("/c", "own", &rows)]));
        assert!(
            !page.contains("2026-11-06 ") && page.contains("2026-11-07 "),
            "{page}"
        );
        assert!(page.contains("20 days           40"), "{page}");
    }
}
