//! How much memory a cell may use: the limit that this process lives under, and how near to it a cell has come.
//!
//! When a control group is full, the system ends one of its processes without a word. So a cell is watched, and ended before that
//! with an error that names the limit. Without a limit nothing is watched: the system then ends the cell's process first.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Time between two looks. A process fills some hundred megabytes in it.
const PAUSE: Duration = Duration::from_millis(50);

/// Part of the limit from which on the person is warned.
const HIGH: f64 = 0.80;
/// Part of the limit at which a cell is ended.
const TOO_HIGH: f64 = 0.92;

/// Above this a number in a control group's file means that there is no limit.
const NO_LIMIT: u64 = 1 << 50;

/// What a look has found.
#[derive(Debug, PartialEq)]
pub enum Pressure {
    /// There is room.
    Low,
    /// There is little room left; said once in a run.
    High(String),
    /// There is so little left that the cell must end, for this reason.
    TooHigh(String),
}

/// The limits of this process, the tightest of which counts.
#[derive(Debug)]
pub struct Limit {
    bounds: Vec<Bound>,
    next: Instant,
    warned: bool,
    /// How many processes the system had ended when the run began.
    kills: u64,
}

#[derive(Debug)]
struct Bound {
    bytes: u64,
    /// The control group; none for a limit that binds the processes that are looked at.
    group: Option<Group>,
    /// What a person is told that it is.
    name: &'static str,
}

#[derive(Debug)]
struct Group {
    /// What is in use.
    usage: PathBuf,
    /// Of which what the system can take back is subtracted.
    stat: PathBuf,
    /// Counts what the system had to end.
    events: PathBuf,
}

impl Limit {
    /// The limits that hold for this process: its control group's, those above it, and `MEM_LIMIT` (bytes), which JupyterHub sets;
    /// and for work that is graded, `allowed` (bytes).
    pub fn find(allowed: Option<u64>) -> Limit {
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let mut bounds = bounds(Path::new("/sys/fs/cgroup"), &groups);
        let announced = std::env::var("MEM_LIMIT")
            .ok()
            .and_then(|text| text.trim().parse().ok());
        let binds = |bytes, name| Bound {
            bytes,
            group: None,
            name,
        };
        bounds.extend(announced.map(|bytes| binds(bytes, "the limit of this server (MEM_LIMIT)")));
        bounds.extend(allowed.map(|bytes| binds(bytes, "the limit for graded work")));
        Limit {
            bounds,
            next: Instant::now(),
            warned: false,
            kills: 0,
        }
    }

    /// A run begins.
    pub fn begin(&mut self) {
        self.next = Instant::now();
        self.kills = self.killed();
        self.warned = false;
    }

    /// When to look; none if there is no limit.
    pub fn next_look(&self) -> Option<Instant> {
        (!self.bounds.is_empty()).then_some(self.next)
    }

    /// Looks, if it is time to, at what `process` and its surroundings use.
    pub fn look(&mut self, process: i32) -> Pressure {
        let now = Instant::now();
        if self.bounds.is_empty() || now < self.next {
            return Pressure::Low;
        }
        self.next = now + PAUSE;
        let used = |bound: &Bound| bound.used(process) as f64 / bound.bytes as f64;
        let tightest = self
            .bounds
            .iter()
            .map(|bound| (used(bound), bound))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let Some((part, bound)) = tightest else {
            return Pressure::Low;
        };
        if part >= TOO_HIGH {
            return Pressure::TooHigh(format!("out of memory: {}", bound.words()));
        }
        if part >= HIGH && !self.warned {
            self.warned = true;
            return Pressure::High(format!(
                "{:.0} % of the memory is in use: {}",
                part * 100.0,
                bound.words()
            ));
        }
        Pressure::Low
    }

    /// The reason why a process was ended by a signal that the system sends when memory runs out, if it was that.
    pub fn killer(&self) -> Option<String> {
        let bound = self.bounds.iter().find(|bound| bound.group.is_some())?;
        (self.killed() > self.kills).then(|| format!("out of memory: {}", bound.words()))
    }

    /// The tightest limit in words, to go with a message about memory.
    pub fn words(&self) -> Option<String> {
        self.bounds
            .iter()
            .min_by_key(|bound| bound.bytes)
            .map(Bound::words)
    }

    fn killed(&self) -> u64 {
        let events = self.bounds.iter().filter_map(|bound| bound.group.as_ref());
        events
            .map(|group| field(&group.events, "oom_kill").unwrap_or_default())
            .sum()
    }
}

impl Bound {
    /// Bytes in use.
    fn used(&self, process: i32) -> u64 {
        match &self.group {
            Some(group) => {
                let usage = number(&group.usage).unwrap_or_default();
                let file =
                    field(&group.stat, "inactive_file").or_else(|| field(&group.stat, "total_inactive_file"));
                usage.saturating_sub(file.unwrap_or_default())
            }
            None => resident(&process.to_string()) + resident("self"),
        }
    }

    fn words(&self) -> String {
        format!("{} is {}", self.name, size(self.bytes))
    }
}

/// The limits of the control groups that `groups`, the text of `/proc/self/cgroup`, names below `root`.
fn bounds(root: &Path, groups: &str) -> Vec<Bound> {
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
            let bytes = number(&folder.join(limit)).filter(|bytes| (1..NO_LIMIT).contains(bytes));
            bounds.extend(bytes.map(|bytes| Bound {
                bytes,
                group: Some(Group {
                    usage: folder.join(usage),
                    stat: folder.join("memory.stat"),
                    events: folder.join(events),
                }),
                name: "the limit of this computer's control group (cgroup)",
            }));
        }
    }
    bounds
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The number after `name` in a file of names and numbers.
fn field(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(key, _)| *key == name)?.1.trim().parse().ok()
}

/// Bytes of a process that are in memory.
fn resident(process: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages: Option<u64> = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or_default() * rustix::param::page_size() as u64
}

/// A size as people write it.
fn size(bytes: u64) -> String {
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    if mebibytes < 1024.0 {
        format!("{mebibytes:.0} MiB")
    } else {
        format!("{:.1} GiB", mebibytes / 1024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    fn limit(root: &Path, groups: &str) -> Limit {
        Limit {
            bounds: bounds(root, groups),
            next: Instant::now(),
            warned: false,
            kills: 0,
        }
    }

    #[test]
    fn the_tightest_group_on_the_way_up_counts() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(&root.join("user/kernel"), &[("memory.max", "max\n")]);
        write(
            &root.join("user"),
            &[
                ("memory.max", "1073741824\n"),
                ("memory.current", "900000000\n"),
                ("memory.stat", "anon 1\ninactive_file 100000000\n"),
                ("memory.events", "low 0\noom_kill 3\n"),
            ],
        );
        let mut limit = limit(root, "0::/user/kernel\n");
        limit.begin();
        assert_eq!(limit.look(1), Pressure::Low);
        assert_eq!(limit.killer(), None);
        fs::write(root.join("user/memory.current"), "960000000").unwrap();
        assert_eq!(limit.look(1), Pressure::Low, "it is too early");
        limit.next = Instant::now();
        assert_eq!(
            limit.look(1),
            Pressure::High("80 % of the memory is in use: the limit of this computer's control group (cgroup) is 1.0 GiB".into())
        );
        limit.next = Instant::now();
        assert_eq!(limit.look(1), Pressure::Low, "it was said in this run");
        fs::write(root.join("user/memory.current"), "1090000000").unwrap();
        limit.next = Instant::now();
        assert_eq!(
            limit.look(1),
            Pressure::TooHigh(
                "out of memory: the limit of this computer's control group (cgroup) is 1.0 GiB".into()
            )
        );
        fs::write(root.join("user/memory.events"), "oom_kill 4").unwrap();
        assert!(limit.killer().is_some());
    }

    #[test]
    fn the_first_version_of_control_groups_is_read_too() {
        let root = tempfile::tempdir().unwrap();
        write(
            &root.path().join("memory"),
            &[
                ("memory.limit_in_bytes", "536870912"),
                ("memory.usage_in_bytes", "530000000"),
                ("memory.stat", "total_inactive_file 0"),
            ],
        );
        // The path is the host's, which is not there in a container.
        let mut limit = limit(root.path(), "12:cpu:/x\n9:memory:/docker/abc\n");
        assert_eq!(
            limit.look(1),
            Pressure::TooHigh(
                "out of memory: the limit of this computer's control group (cgroup) is 512 MiB".into()
            )
        );
    }

    #[test]
    fn without_a_limit_nothing_is_looked_at() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[("memory.max", "max")]);
        for groups in ["0::/\n", "", "nonsense"] {
            assert_eq!(limit(root.path(), groups).next_look(), None, "{groups}");
        }
        let mut announced = Limit {
            bounds: vec![Bound {
                bytes: 1 << 20,
                group: None,
                name: "the limit of this server (MEM_LIMIT)",
            }],
            next: Instant::now(),
            warned: false,
            kills: 0,
        };
        let own = i32::try_from(std::process::id()).unwrap();
        assert_eq!(
            announced.look(own),
            Pressure::TooHigh("out of memory: the limit of this server (MEM_LIMIT) is 1 MiB".into())
        );
    }
}
