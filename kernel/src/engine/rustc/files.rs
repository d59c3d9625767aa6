//! The generated files of cells that ran: a closure may panic long after its own cell, and then its place must be found.
//!
//! A long session would keep all it ever compiled, so the files that were run longest ago are forgotten.

use std::collections::{HashMap, VecDeque};

use super::source::Assembly;

/// How much is kept, in bytes: some thousand cells of a lesson.
const LIMIT: usize = 4 << 20;

/// Generated files by name.
#[derive(Debug, Default)]
pub struct Files {
    by_name: HashMap<String, Assembly>,
    /// Names, the one that ran last at the end.
    order: VecDeque<String>,
    /// Of all files together.
    bytes: usize,
}

impl Files {
    /// The file with this name, if it is still known.
    pub fn get(&self, name: &str) -> Option<&Assembly> {
        self.by_name.get(name)
    }

    /// Adds a file that is about to run. It is kept whatever its size.
    pub fn insert(&mut self, name: String, file: Assembly) {
        self.bytes += file.bytes();
        if let Some(before) = self.by_name.insert(name.clone(), file) {
            self.bytes -= before.bytes();
            self.order.retain(|known| *known != name);
        }
        self.order.push_back(name);
        while self.bytes > LIMIT && self.order.len() > 1 {
            let oldest = self.order.pop_front().and_then(|name| self.by_name.remove(&name));
            self.bytes -= oldest.map_or(0, |file| file.bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: usize) -> Assembly {
        let mut file = Assembly::default();
        file.scaffold(&"x".repeat(bytes));
        file
    }

    #[test]
    fn what_ran_longest_ago_is_forgotten() {
        let mut files = Files::default();
        for name in ["a", "b", "c"] {
            files.insert(name.to_owned(), file(LIMIT / 3));
        }
        files.insert("a".to_owned(), file(LIMIT / 3));
        files.insert("d".to_owned(), file(LIMIT / 3));
        let known = |files: &Files| ["a", "b", "c", "d", "e"].map(|name| files.get(name).is_some());
        assert_eq!(known(&files), [true, false, true, true, false]);
        files.insert("e".to_owned(), file(2 * LIMIT));
        assert_eq!(known(&files), [false, false, false, false, true]);
        assert_eq!(files.bytes, 2 * LIMIT);
        files.insert("a".to_owned(), file(1));
        assert_eq!(known(&files), [true, false, false, false, false]);
        assert_eq!(files.bytes, 1);
    }
}
