//! What this kernel may use, processors and memory, and who says so: the one place that decides.
//!
//! Two kinds of limits hold: what the system enforces (control groups, the processors that a process is bound to) and what a
//! JupyterHub or a batch system has announced in variables. The tightest counts. What is done about them is decided elsewhere: memory is
//! watched by the worker, threads are started by what computes.

use std::cell::LazyCell;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::usage;

/// The variable that holds how many threads large operations use. Who sets it decides; for its worker the kernel does.
pub const THREADS: &str = "HEBB_THREADS";

/// Above this a number in a control group's file means that there is no limit.
const NO_LIMIT: u64 = 1 << 50;

/// A limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Processors, or bytes.
    pub number: u64,
    /// Who set it, in words that fit before "is 2".
    pub from: &'static str,
}

/// A limit on memory, and what it binds.
#[derive(Clone, Debug)]
pub struct Bound {
    /// How much, and who says so.
    pub found: Found,
    /// The control group; none for a limit that was announced, which binds the kernel and all that it started.
    pub group: Option<Group>,
}

/// The files of a control group.
#[derive(Clone, Debug)]
pub struct Group {
    /// What is in use.
    pub usage: PathBuf,
    /// Of which what the system can take back is subtracted.
    pub stat: PathBuf,
    /// Counts what the system had to end.
    pub events: PathBuf,
}

impl Bound {
    /// Bytes in use in its control group; none if it has no group.
    pub fn used(&self) -> Option<u64> {
        let group = self.group.as_ref()?;
        let usage = fs::read_to_string(&group.usage).ok();
        let usage: u64 = usage
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or_default();
        // What was read from files goes when room is needed; most of it is the compiler. The first version of control groups has a
        // name of its own for what the groups below have too.
        let kept = ["inactive_file", "active_file"].map(|kind| {
            let with_groups_below = field(&group.stat, &format!("total_{kind}"));
            with_groups_below.or_else(|| field(&group.stat, kind))
        });
        Some(usage.saturating_sub(kept.into_iter().flatten().sum()))
    }

    /// How many processes the system has ended because the group was full.
    pub fn kills(&self) -> u64 {
        let events = self.group.as_ref().map(|group| &group.events);
        events
            .and_then(|events| field(events, "oom_kill"))
            .unwrap_or_default()
    }
}

impl fmt::Display for Found {
    /// A limit on memory as a person reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mebibytes = self.number as f64 / f64::from(1 << 20);
        match mebibytes < 1024.0 {
            true => write!(f, "{} is {mebibytes:.0} MiB", self.from),
            false => write!(f, "{} is {:.1} GiB", self.from, mebibytes / 1024.0),
        }
    }
}

/// How many processors the kernel and its cells may use at once: at least 1.
pub fn cpus() -> Found {
    // It knows control groups of both versions, those above them too, and the processors that the process is bound to.
    let system = std::thread::available_parallelism().map_or(1, usize::from);
    least_cpus(variable, system as u64)
}

/// The tightest limit on memory, in bytes; none if there is none.
pub fn memory() -> Option<Found> {
    let tightest = memory_bounds().into_iter().min_by_key(|bound| bound.found.number);
    tightest.map(|bound| bound.found)
}

/// Every limit on memory that holds for this process: its control group's, those above it, and the announced ones.
pub fn memory_bounds() -> Vec<Bound> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut bounds = group_bounds(Path::new("/sys/fs/cgroup"), &groups);
    bounds.extend(announced_memory(variable));
    bounds
}

/// Bytes that are left until the tightest limit is reached; none if there is no limit.
fn memory_left() -> Option<u64> {
    let own = LazyCell::new(|| usage::held_by(usage::family(std::process::id()).keys()));
    let left = memory_bounds().into_iter().map(|bound| {
        let used = bound.used().unwrap_or_else(|| *own);
        bound.found.number.saturating_sub(used)
    });
    left.min()
}

/// Bytes that can still be had: what is left of the limits, and no more than the machine could give; none if nobody knows.
pub fn memory_free() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    memory_left().into_iter().chain(available(&machine)).min()
}

/// Bytes that are free by the machine's own count.
fn available(machine: &str) -> Option<u64> {
    let mut lines = machine.lines();
    let rest = lines.find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = rest.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes << 10)
}

/// The number after `name` in a file of names and numbers.
fn field(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(key, _)| *key == name)?.1.trim().parse().ok()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn least_cpus(variable: impl Fn(&str) -> Option<String>, system: u64) -> Found {
    let number = |name| variable(name)?.trim().parse::<f64>().ok();
    let found = |name, from| {
        let number: f64 = number(name).filter(|number| number.is_finite() && *number > 0.0)?;
        // A part of a processor runs one thread.
        let number = (number as u64).max(1);
        Some(Found { number, from })
    };
    if let Some(asked) = found(THREADS, THREADS) {
        return asked;
    }
    let system = Found {
        number: system,
        from: "what this computer offers",
    };
    let announced = [
        found("CPU_LIMIT", "the limit of this server (CPU_LIMIT)"),
        found(
            "SLURM_CPUS_PER_TASK",
            "the limit of this Slurm job (SLURM_CPUS_PER_TASK)",
        ),
    ];
    let all = std::iter::once(system).chain(announced.into_iter().flatten());
    all.min_by_key(|found| found.number)
        .expect("the system's is there")
}

/// `MEM_LIMIT`, which JupyterHub sets, and the memory of a Slurm job.
fn announced_memory(variable: impl Fn(&str) -> Option<String>) -> impl Iterator<Item = Bound> {
    let whole = |name: &str| variable(name)?.trim().parse::<u64>().ok();
    // Slurm counts in mebibytes, and 0 asks for all that the computer has.
    let mebibytes = |name: &str| whole(name)?.checked_mul(1 << 20);
    let processors = ["SLURM_CPUS_ON_NODE", "SLURM_CPUS_PER_TASK"];
    let each = mebibytes("SLURM_MEM_PER_CPU");
    let rows = [
        (
            variable("MEM_LIMIT").and_then(|text| bytes(&text)),
            "the limit of this server (MEM_LIMIT)",
        ),
        (
            mebibytes("SLURM_MEM_PER_NODE"),
            "the limit of this Slurm job (SLURM_MEM_PER_NODE)",
        ),
        (
            each.and_then(|each| {
                each.checked_mul(processors.iter().find_map(|name| whole(name)).unwrap_or(1))
            }),
            "the limit of this Slurm job (SLURM_MEM_PER_CPU)",
        ),
    ];
    rows.into_iter().filter_map(|(number, from)| {
        let number = number.filter(|number| (1..NO_LIMIT).contains(number))?;
        Some(Bound {
            found: Found { number, from },
            group: None,
        })
    })
}

/// Reads a number of bytes as JupyterHub's settings have it: `1073741824`, `1G`, `1.5g`, `512MiB`; units are powers of 1024.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim().to_ascii_uppercase();
    let power = match unit.trim_end_matches('B').trim_end_matches('I') {
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    Some((number * 1024_f64.powi(power)) as u64)
}

/// The limits of the control groups that `groups`, the text of `/proc/self/cgroup`, names below `root`.
pub(crate) fn group_bounds(root: &Path, groups: &str) -> Vec<Bound> {
    let mut bounds = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(kinds), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let second = kinds.is_empty();
        if !second && !kinds.split(',').any(|kind| kind == "memory") {
            continue;
        }
        let top = if second {
            root.to_owned()
        } else {
            root.join("memory")
        };
        let (limit, usage, events) = if second {
            ("memory.max", "memory.current", "memory.events")
        } else {
            (
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "memory.oom_control",
            )
        };
        // Inside a container the path is often that of the host, and the group itself stands at the top.
        let own = top.join(path.trim_start_matches('/'));
        for folder in own.ancestors().take_while(|folder| folder.starts_with(&top)) {
            let bytes = fs::read_to_string(folder.join(limit)).ok();
            let bytes = bytes.and_then(|text| text.trim().parse::<u64>().ok());
            let bytes = bytes.filter(|bytes| (1..NO_LIMIT).contains(bytes));
            bounds.extend(bytes.map(|number| Bound {
                found: Found {
                    number,
                    from: "the limit of this computer's control group (cgroup)",
                },
                group: Some(Group {
                    usage: folder.join(usage),
                    stat: folder.join("memory.stat"),
                    events: folder.join(events),
                }),
            }));
        }
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIBIBYTE: u64 = 1 << 30;

    /// Names and values.
    type Variables<'a> = &'a [(&'a str, &'a str)];

    fn among<'a>(variables: Variables<'a>) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            let found = variables.iter().find(|row| row.0 == name);
            found.map(|row| row.1.to_owned())
        }
    }

    #[test]
    fn the_machine_says_what_is_free() {
        let machine = "MemTotal: 9 kB\nMemAvailable:    2048 kB\n";
        assert_eq!(available(machine), Some(2048 << 10));
        assert_eq!(available(""), None);
    }

    #[test]
    fn the_least_number_of_processors_counts() {
        let rows: [(Variables<'_>, u64, &str); 10] = [
            (&[], 8, "what this computer offers"),
            (&[("CPU_LIMIT", "2.0")], 2, "CPU_LIMIT"),
            (&[("CPU_LIMIT", "0.5")], 1, "CPU_LIMIT"),
            (
                &[("CPU_LIMIT", "3.9"), ("SLURM_CPUS_PER_TASK", "4")],
                3,
                "CPU_LIMIT",
            ),
            (
                &[("CPU_LIMIT", "6"), ("SLURM_CPUS_PER_TASK", "4")],
                4,
                "SLURM_CPUS_PER_TASK",
            ),
            (&[("CPU_LIMIT", "16")], 8, "what this computer offers"),
            (
                &[("CPU_LIMIT", "0"), ("SLURM_CPUS_PER_TASK", "")],
                8,
                "what this computer offers",
            ),
            (
                &[("CPU_LIMIT", "many"), ("SLURM_CPUS_PER_TASK", "nan")],
                8,
                "what this computer offers",
            ),
            // Who asks for a number gets it.
            (&[("HEBB_THREADS", "12"), ("CPU_LIMIT", "1")], 12, "HEBB_THREADS"),
            (&[("HEBB_THREADS", "none"), ("CPU_LIMIT", "1")], 1, "CPU_LIMIT"),
        ];
        for (variables, number, from) in rows {
            let found = least_cpus(among(variables), 8);
            assert_eq!(found.number, number, "{variables:?}");
            assert!(found.from.contains(from), "{variables:?}: {found:?}");
        }
    }

    #[test]
    fn announced_memory_is_read_in_the_units_of_those_who_announce_it() {
        let rows: [(Variables<'_>, &[u64]); 12] = [
            (&[], &[]),
            (&[("MEM_LIMIT", "1073741824")], &[GIBIBYTE]),
            (&[("MEM_LIMIT", " 1G\n")], &[GIBIBYTE]),
            (&[("MEM_LIMIT", "1.5g")], &[GIBIBYTE * 3 / 2]),
            (&[("MEM_LIMIT", "512M")], &[GIBIBYTE / 2]),
            (&[("MEM_LIMIT", "524288 KiB")], &[GIBIBYTE / 2]),
            (&[("MEM_LIMIT", "0.001T")], &[1_099_511_627]),
            (&[("MEM_LIMIT", "0")], &[]),
            (&[("MEM_LIMIT", "much")], &[]),
            (&[("MEM_LIMIT", "-1"), ("SLURM_MEM_PER_NODE", "0")], &[]),
            (
                &[("MEM_LIMIT", "2G"), ("SLURM_MEM_PER_NODE", "1024")],
                &[2 * GIBIBYTE, GIBIBYTE],
            ),
            (
                &[("SLURM_MEM_PER_CPU", "512"), ("SLURM_CPUS_ON_NODE", "4")],
                &[2 * GIBIBYTE],
            ),
        ];
        for (variables, numbers) in rows {
            let found: Vec<u64> = announced_memory(among(variables))
                .map(|bound| bound.found.number)
                .collect();
            assert_eq!(found, numbers, "{variables:?}");
        }
        let lonely = announced_memory(among(&[("SLURM_MEM_PER_CPU", "1024")])).next();
        assert_eq!(lonely.map(|bound| bound.found.number), Some(GIBIBYTE));
    }
}
