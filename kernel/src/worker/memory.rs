//! How near a cell has come to the limits on memory that [`limits`] found.
//!
//! When a control group is full, the system ends one of its processes without a word. So a cell is watched, and ended before that
//! with an error that names the limit. A limit that was only announced is held in the same way. Without a limit nothing is watched: the
//! system then ends the cell's process first.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use crate::limits::{self, Bound, Found};
use crate::usage;

/// Time between two looks. A process fills some hundred megabytes in it.
const PAUSE: Duration = Duration::from_millis(50);

/// The same where looking takes long: all pages of all processes are gone through, or the processor is busy.
const LONG_PAUSE: Duration = Duration::from_millis(200);

/// Part of the limit from which on the person is warned.
const HIGH: f64 = 0.80;
/// Part of the limit at which a cell is ended.
const TOO_HIGH: f64 = 0.92;

/// How long a list of the processes that the kernel has started is good.
const ACQUAINTANCE: Duration = Duration::from_secs(1);

/// A pause is so many times as long as the look before it, between those two.
const SHARE: u32 = 10;

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
    family: Family,
    next: Instant,
    warned: bool,
    /// How many processes the system had ended when the run began.
    kills: u64,
}

impl Limit {
    /// The limits that hold for this process, and for work that is graded, `allowed` (bytes).
    pub fn find(allowed: Option<u64>) -> Limit {
        let mut bounds = limits::memory_bounds();
        bounds.extend(allowed.map(|number| Bound {
            found: Found {
                number,
                from: "the limit for graded work",
            },
            group: None,
        }));
        Limit::of(bounds)
    }

    fn of(bounds: Vec<Bound>) -> Limit {
        Limit {
            bounds,
            family: Family::default(),
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
        let announced = self.bounds.iter().filter(|bound| bound.group.is_none());
        let least = announced.map(|bound| bound.found.number).min();
        let own = least.map(|least| self.family.used(process, (least as f64 * HIGH) as u64));
        let used =
            |bound: &Bound| bound.used().or(own).unwrap_or_default() as f64 / bound.found.number as f64;
        let tightest = self
            .bounds
            .iter()
            .map(|bound| (used(bound), bound))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        self.next = Instant::now() + (now.elapsed() * SHARE).clamp(PAUSE, LONG_PAUSE);
        let Some((part, bound)) = tightest else {
            return Pressure::Low;
        };
        if part >= TOO_HIGH {
            return Pressure::TooHigh(format!("out of memory: {}", bound.found));
        }
        if part >= HIGH && !self.warned {
            self.warned = true;
            return Pressure::High(format!(
                "{:.0} % of the memory is in use: {}",
                part * 100.0,
                bound.found
            ));
        }
        Pressure::Low
    }

    /// The reason why a process was ended by a signal that the system sends when memory runs out, if it was that.
    pub fn killer(&self) -> Option<String> {
        let bound = self.bounds.iter().find(|bound| bound.group.is_some())?;
        (self.killed() > self.kills).then(|| format!("out of memory: {}", bound.found))
    }

    /// The tightest limit in words, to go with a message about memory.
    pub fn words(&self) -> Option<String> {
        self.bounds
            .iter()
            .min_by_key(|bound| bound.found.number)
            .map(|bound| bound.found.to_string())
    }

    fn killed(&self) -> u64 {
        self.bounds.iter().map(Bound::kills).sum()
    }
}

/// The kernel and all processes that come from it.
#[derive(Debug, Default)]
struct Family {
    members: BTreeSet<u32>,
    /// When they were looked for.
    known: Option<Instant>,
}

impl Family {
    /// Bytes that they hold with `process`: below `interesting`, no more than this; above it, exactly.
    fn used(&mut self, process: i32, interesting: u64) -> u64 {
        if self.known.is_none_or(|known| known.elapsed() > ACQUAINTANCE) {
            self.members = usage::family(std::process::id()).into_keys().collect();
            self.known = Some(Instant::now());
        }
        self.members.insert(process.cast_unsigned());
        // What processes share is counted in each of them here, which costs next to nothing to find out.
        let most = self.members.iter().map(|member| resident(*member)).sum();
        match most < interesting {
            true => most,
            false => usage::held_by(&self.members),
        }
    }
}

/// Bytes of a process that are in memory.
fn resident(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages: Option<u64> = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or_default() * rustix::param::page_size() as u64
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    fn limit(root: &Path, groups: &str) -> Limit {
        Limit::of(limits::group_bounds(root, groups))
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
                (
                    "memory.stat",
                    "anon 1\ninactive_file 60000000\nactive_file 40000000\n",
                ),
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
                ("memory.usage_in_bytes", "540000000"),
                ("memory.stat", "inactive_file 5\ntotal_inactive_file 10000000\n"),
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
    }

    #[test]
    fn an_announced_limit_counts_what_the_kernel_started() {
        let announced = |number| {
            let from = "the limit of this server (MEM_LIMIT)";
            let found = Found { number, from };
            Limit::of(vec![Bound { found, group: None }])
        };
        let own = i32::try_from(std::process::id()).unwrap();
        assert_eq!(
            announced(1 << 20).look(own),
            Pressure::TooHigh("out of memory: the limit of this server (MEM_LIMIT) is 1 MiB".into())
        );
        assert_eq!(announced(1 << 40).look(own), Pressure::Low);
        // A process of the kernel's that is not the cell's counts too, once the family is looked for.
        let child = std::process::Command::new("sleep").arg("60").spawn();
        let mut child = child.unwrap();
        let mut family = Family::default();
        family.used(own, 0);
        let known = family.members.contains(&child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(known, "{family:?}");
    }
}
