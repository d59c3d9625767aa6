//! What the kernel costs: memory and processor time of its whole family of processes, and the machine's own figures.
//!
//! The answer to `usage_request`, in the words of ipykernel and jupyter-resource-usage. Read from `/proc`; what cannot be read is left
//! out.

use std::collections::HashMap;
use std::fs;
use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::limits;

/// The figures, and what they are compared with.
#[derive(Debug, Default)]
pub struct Usage {
    /// When the last figures were taken, and the ticks that each process had used then.
    before: Option<(Instant, HashMap<u32, u64>)>,
    /// Busy and all ticks of the machine at that time.
    machine: Option<(u64, u64)>,
    /// How busy the machine was then, in percent.
    busy: Option<f64>,
}

/// One process.
struct Process {
    parent: u32,
    /// Processor time used so far, in ticks of the system's clock.
    ticks: u64,
}

impl Usage {
    /// The content of the reply. Percentages are of the time since the last call; in the first one they are since the
    /// processes' start, or left out.
    pub fn report(&mut self) -> Value {
        let mut content = Map::new();
        content.insert("status".into(), json!("ok"));
        content.insert("pid".into(), json!(std::process::id()));
        if let Ok(name) = fs::read_to_string("/proc/sys/kernel/hostname") {
            content.insert("hostname".into(), json!(name.trim()));
        }
        content.insert("cpu_count".into(), json!(limits::cpus().number));
        let family = family(std::process::id());
        let memory: u64 = family.keys().filter_map(|number| memory(*number)).sum();
        content.insert("kernel_memory".into(), json!(memory));
        content.insert("kernel_cpu".into(), json!(self.percent(family)));
        if let Some(percent) = self.machine_percent() {
            content.insert("host_cpu_percent".into(), json!(percent));
        }
        if let Some(memory) = fs::read_to_string("/proc/meminfo")
            .ok()
            .and_then(|text| machine_memory(&text))
        {
            content.insert("host_virtual_memory".into(), memory);
        }
        content.into()
    }

    /// Processor time of the family since the last call, in percent of one core.
    fn percent(&mut self, family: HashMap<u32, u64>) -> f64 {
        let now = Instant::now();
        let percent = self.before.as_ref().map_or(0.0, |(then, before)| {
            let used = family
                .iter()
                .map(|(number, ticks)| ticks.saturating_sub(before.get(number).copied().unwrap_or(0)));
            let seconds = used.sum::<u64>() as f64 / rustix::param::clock_ticks_per_second() as f64;
            100.0 * seconds / now.duration_since(*then).as_secs_f64().max(0.001)
        });
        self.before = Some((now, family));
        (percent * 10.0).round() / 10.0
    }

    fn machine_percent(&mut self) -> Option<f64> {
        let text = fs::read_to_string("/proc/stat").ok()?;
        let now = machine_ticks(&text)?;
        // Two calls within a tick of the clock: what the first one found still holds.
        if let Some((busy, all)) = self.machine.replace(now)
            && now.1 > all
        {
            let percent = 100.0 * now.0.saturating_sub(busy) as f64 / (now.1 - all) as f64;
            self.busy = Some((percent * 10.0).round() / 10.0);
        }
        self.busy
    }
}

/// Every process that this one may see, by number.
fn processes() -> HashMap<u32, Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            let text = fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((number, process(&text)?))
        })
        .collect()
}

/// Reads `/proc/N/stat`. The name, in parentheses, may hold anything, parentheses too.
fn process(text: &str) -> Option<Process> {
    let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_ascii_whitespace().collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    Some(Process {
        parent: u32::try_from(number(1)?).ok()?,
        ticks: number(11)? + number(12)?,
    })
}

/// A process and all that come from it, with the ticks that they have used.
pub(crate) fn family(head: u32) -> HashMap<u32, u64> {
    family_among(&processes(), head)
}

fn family_among(processes: &HashMap<u32, Process>, head: u32) -> HashMap<u32, u64> {
    let mut family = HashMap::new();
    let mut waiting = vec![head];
    while let Some(number) = waiting.pop() {
        let Some(process) = processes.get(&number) else {
            continue;
        };
        if family.insert(number, process.ticks).is_none() {
            let children = processes.iter().filter(|(_, child)| child.parent == number);
            waiting.extend(children.map(|(child, _)| *child));
        }
    }
    family
}

/// Bytes of memory of these processes together that the system cannot take back, as it can what was read from files.
pub(crate) fn held_by<'a>(processes: impl IntoIterator<Item = &'a u32>) -> u64 {
    let held = |number: &u32| {
        let text = fs::read_to_string(format!("/proc/{number}/smaps_rollup")).unwrap_or_default();
        let kinds = ["Pss_Anon", "Pss_Shmem"].map(|kind| kilobytes(&text, kind));
        match kinds {
            [Some(anonymous), Some(shared)] => Some(anonymous + shared),
            // An older system does not tell them apart, or not this user.
            _ => memory(*number),
        }
    };
    processes.into_iter().filter_map(held).sum()
}

/// Bytes of memory of a process: its share of what it has in common with others counts in part, where the system tells.
fn memory(number: u32) -> Option<u64> {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(format!("/proc/{number}/{file}")).ok()?;
        kilobytes(&text, name)
    };
    field("smaps_rollup", "Pss").or_else(|| field("status", "VmRSS"))
}

/// Bytes that stand behind `name:` in kB.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024)
}

/// Busy and all ticks in `/proc/stat`.
fn machine_ticks(text: &str) -> Option<(u64, u64)> {
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line
        .split_ascii_whitespace()
        .map_while(|ticks| ticks.parse().ok())
        .collect();
    // user nice system idle iowait irq softirq steal; guest time is in user time already.
    let all = ticks.iter().take(8).sum::<u64>();
    let idle = ticks.get(3)? + ticks.get(4).copied().unwrap_or(0);
    Some((all - idle, all))
}

/// `/proc/meminfo` under psutil's names.
fn machine_memory(text: &str) -> Option<Value> {
    let field = |name| kilobytes(text, name);
    let (total, free) = (field("MemTotal")?, field("MemFree")?);
    let available = field("MemAvailable").unwrap_or(free);
    let used = total.saturating_sub(available);
    let percent = (1000.0 * used as f64 / total.max(1) as f64).round() / 10.0;
    Some(json!({
        "total": total,
        "available": available,
        "percent": percent,
        "used": used,
        "free": free,
        "active": field("Active").unwrap_or(0),
        "inactive": field("Inactive").unwrap_or(0),
        "buffers": field("Buffers").unwrap_or(0),
        "cached": field("Cached").unwrap_or(0),
        "shared": field("Shmem").unwrap_or(0),
        "slab": field("Slab").unwrap_or(0),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let process = process("7 (a) R 3 (b) S 5 7 7 0 -1 4194304 100 0 0 0 20 22 3 4 20 0 1 0 99").unwrap();
        assert_eq!((process.parent, process.ticks), (5, 42));
        assert!(super::process("7 (a").is_none());
        assert!(super::process("7 (a) S x").is_none());
    }

    #[test]
    fn a_family_has_all_generations_and_nobody_else() {
        let row = |number, parent, ticks| (number, Process { parent, ticks });
        let processes = HashMap::from([
            row(1, 0, 1),
            row(5, 1, 10),
            row(6, 5, 20),
            row(7, 6, 30),
            row(8, 1, 40),
            row(9, 9, 1),
        ]);
        assert_eq!(
            family_among(&processes, 5),
            HashMap::from([(5, 10), (6, 20), (7, 30)])
        );
        assert_eq!(family_among(&processes, 9), HashMap::from([(9, 1)]));
        assert_eq!(family_among(&processes, 77), HashMap::new());
    }

    #[test]
    fn the_machine_is_read_in_psutils_words() {
        assert_eq!(
            machine_ticks("cpu  1 2 3 40 5 6 7 8 9 10\ncpu0 1"),
            Some((27, 72))
        );
        assert_eq!(machine_ticks("intr 5"), None);
        let text = "MemTotal:  1000 kB\nMemFree: 100 kB\nMemAvailable:   250 kB\nActive(anon): 9 kB\nActive:  7 kB\n";
        let memory = machine_memory(text).unwrap();
        assert_eq!(
            (&memory["total"], &memory["percent"]),
            (&json!(1_024_000), &json!(75.0))
        );
        assert_eq!(memory["active"], 7168);
        assert_eq!(machine_memory(""), None);
    }

    #[test]
    fn this_process_uses_memory_and_time() {
        let mut usage = Usage::default();
        usage.report();
        let begun = Instant::now();
        // Busy for some ticks of the clock.
        while begun.elapsed().as_millis() < 100 {
            std::hint::spin_loop();
        }
        let report = usage.report();
        assert!(report["kernel_memory"].as_u64().unwrap() > 100_000, "{report}");
        assert!(report["kernel_cpu"].as_f64().unwrap() > 0.0, "{report}");
        assert!(report["cpu_count"].as_u64().unwrap() >= 1);
        assert_eq!(report["pid"], std::process::id());
        // However soon the next question comes, the machine's share is told.
        for report in [report, usage.report(), usage.report()] {
            assert!(
                (0.0..=100.0).contains(&report["host_cpu_percent"].as_f64().unwrap()),
                "{report}"
            );
        }
    }
}
