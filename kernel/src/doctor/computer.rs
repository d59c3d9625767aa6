//! What this computer, its batch system or its JupyterHub allows: memory, processors, and walls for grading.

use super::finding::Finding;
use crate::engine::rustc::{Limits, walls as standing};
use crate::limits;

/// A kernel, a compiler and a small training need about this much: bytes.
const LITTLE: u64 = 300 << 20;

/// Memory and processors.
pub fn limits() -> Vec<Finding> {
    vec![
        memory(
            limits::memory().map(|limit| limit.to_string()),
            limits::memory_free(),
        ),
        processors(limits::cpus()),
    ]
}

fn memory(limit: Option<String>, free: Option<u64>) -> Finding {
    let free_words = free.map_or(String::new(), |free| format!(", {} MiB are free", free >> 20));
    let found = format!(
        "{}{free_words}",
        limit.unwrap_or_else(|| "no limit but the computer's".to_owned())
    );
    match free {
        Some(free) if free < LITTLE => Finding::warning(
            "memory",
            found,
            "a kernel with its compiler and a small training needs about 300 MiB: close notebooks that are not needed",
        ),
        _ => Finding::ok("memory", found),
    }
}

fn processors(limit: limits::Found) -> Finding {
    Finding::ok("processors", format!("{} is {}", limit.from, limit.number))
}

/// What keeps students' cells in where they are graded.
pub fn walls() -> Finding {
    match standing(&Limits::default()) {
        Ok(walls) if walls.landlock.is_none() => Finding::warning(
            "walls",
            walls.to_string(),
            "grade on a system with Landlock (Linux 5.13 or newer)",
        ),
        Ok(walls) => Finding::ok("walls", walls.to_string()),
        Err(error) => {
            let finding = Finding::warning("walls", error.to_string(), "grade on another system");
            Finding {
                found: format!("hebb grade refuses to grade here: {}", finding.found),
                ..finding
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::page;
    use super::*;

    #[test]
    fn limits_are_told_with_what_is_left() {
        let limit = || Some("the limit of this server (MEM_LIMIT) is 1.0 GiB".to_owned());
        let findings = [
            memory(None, Some(2 << 30)),
            memory(None, None),
            memory(limit(), Some(900 << 20)),
            memory(limit(), Some(100 << 20)),
            processors(limits::Found {
                number: 2,
                from: "the number of processors of this job (SLURM_CPUS_PER_TASK)",
            }),
        ];
        insta::assert_snapshot!(page(&findings, false), @"
        ok       memory           no limit but the computer's, 2048 MiB are free
        ok       memory           no limit but the computer's
        ok       memory           the limit of this server (MEM_LIMIT) is 1.0 GiB, 900
                                  MiB are free
        warning  memory           the limit of this server (MEM_LIMIT) is 1.0 GiB, 100
                                  MiB are free
                                  hint: a kernel with its compiler and a small training
                                  needs about 300 MiB: close notebooks that are not
                                  needed
        ok       processors       the number of processors of this job
                                  (SLURM_CPUS_PER_TASK) is 2

        no error, 1 warning
        ");
    }
}
