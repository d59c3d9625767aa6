//! The devices of this machine as a table: the processor, the graphics cards, and why there is none. What they are is asked of
//! the backend.

use super::table::Table;
use super::{MimeBundle, Show};
use crate::backend::cuda::{self, CardState, in_words};
use crate::backend::threads;
use std::fs;

/// What [`device_info`] found: one row for each device.
///
/// ```
/// use dl_core::prelude::*;
/// let info = device_info();
/// assert!(info.to_string().starts_with("cpu"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceInfo {
    rows: Vec<[String; 4]>,
    notes: Vec<String>,
}

const HEADINGS: [&str; 4] = ["device", "name", "memory", "at this moment"];

/// The devices that this program can compute on: the processor with its threads, and each graphics card with its name, how much
/// of its memory is in use, by everyone and by this program, and how busy it is. Without a card it tells why. The cards are
/// looked at, not opened.
///
/// ```
/// use dl_core::prelude::*;
/// device_info();                              // as the last line of a cell, a table
/// ```
pub fn device_info() -> DeviceInfo {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    DeviceInfo::of(&processor, threads::count(), &cuda::states())
}

impl DeviceInfo {
    fn of(processor: &str, threads: usize, cards: &crate::error::Result<Vec<CardState>>) -> DeviceInfo {
        let name = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name"))
            .and_then(|rest| rest.split_once(':'))
            .map_or("the processor", |(_, name)| name.trim());
        let working = match threads {
            1 => "1 thread".to_string(),
            count => format!("{count} threads"),
        };
        let mut rows = vec![["cpu".to_string(), name.to_string(), String::new(), working]];
        let mut notes = Vec::new();
        match cards {
            Ok(cards) => rows.extend(cards.iter().map(row)),
            Err(error) => notes.extend(error.to_string().lines().map(str::to_string)),
        }
        DeviceInfo { rows, notes }
    }
}

fn row(card: &CardState) -> [String; 4] {
    let memory = match card.free {
        Some(free) => format!(
            "{} of {} in use",
            in_words(card.all.saturating_sub(free)),
            in_words(card.all)
        ),
        None => in_words(card.all),
    };
    let mut now = Vec::new();
    now.extend(card.busy.map(|share| format!("{share} % busy")));
    now.extend(card.here.map(|(used, limit)| match limit {
        Some(limit) => format!("{} of {} granted in use here", in_words(used), in_words(limit)),
        None => format!("{} in use here", in_words(used)),
    }));
    let now = if now.is_empty() {
        "not opened".to_string()
    } else {
        now.join(", ")
    };
    [format!("cuda:{}", card.number), card.title.clone(), memory, now]
}

/// One line for each device, then why there is no graphics card.
impl std::fmt::Display for DeviceInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max();
        let widths = [0, 1, 2].map(|column| width(column).unwrap_or(0));
        for (number, [device, name, memory, now]) in self.rows.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            let [a, b, c] = widths;
            let line = format!("{device:a$}  {name:b$}  {memory:c$}  {now}");
            f.write_str(line.trim_end())?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n{note}"))
    }
}

impl Show for DeviceInfo {
    fn show(&self) -> MimeBundle {
        let mut table = Table::new();
        table.text(HEADINGS);
        for row in &self.rows {
            table.text(row);
        }
        let mut html = table.finish("Devices");
        for note in &self.notes {
            html.push_str(&format!("<div>{}</div>\n", super::card::escape(note)));
        }
        MimeBundle::text(self.to_string()).with_html(html)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    const PROCESSOR: &str = "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\nflags\t: fpu";

    #[test]
    fn without_a_card_the_reason_is_told() {
        let error = Error::Device {
            device: "cuda:0".to_string(),
            why: "the driver is missing".to_string(),
            hint: "install <it>".to_string(),
        };
        let info = DeviceInfo::of(PROCESSOR, 1, &Err(error));
        insta::assert_snapshot!(info, @"
        cpu  Some CPU @ 2.00GHz    1 thread
        device cuda:0: the driver is missing
        hint: install <it>
        ");
        assert!(
            info.show()
                .iter()
                .any(|(_, content)| content.contains("install &lt;it&gt;"))
        );
    }

    #[test]
    fn cards_stand_below_each_other() {
        let gib = 1 << 30;
        let idle = CardState {
            number: 0,
            title: "NVIDIA A".to_string(),
            all: 24 * gib,
            free: Some(23 * gib),
            busy: Some(3),
            here: None,
        };
        let open = CardState {
            number: 1,
            title: "NVIDIA Big B".to_string(),
            here: Some((gib / 2, Some(4 * gib))),
            ..idle.clone()
        };
        let silent = CardState {
            number: 2,
            free: None,
            busy: None,
            ..idle.clone()
        };
        insta::assert_snapshot!(DeviceInfo::of("", 8, &Ok(vec![idle, open, silent])), @"
        cpu     the processor                              8 threads
        cuda:0  NVIDIA A       1.0 GiB of 24.0 GiB in use  3 % busy
        cuda:1  NVIDIA Big B   1.0 GiB of 24.0 GiB in use  3 % busy, 512.0 MiB of 4.0 GiB granted in use here
        cuda:2  NVIDIA A       24.0 GiB                    not opened
        ");
    }
}
