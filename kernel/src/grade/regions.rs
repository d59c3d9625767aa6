//! Regions of a cell between two marks: the solution, hidden tests, a mark scheme; and how a student's version goes without them.
//!
//! The rules are those of nbgrader's `ClearSolutions`, `ClearHiddenTests` and `ClearMarkScheme`.

/// A kind of region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// What the learner is to write.
    Solution,
    /// Tests that a learner does not see.
    HiddenTests,
    /// How a task is marked.
    MarkScheme,
}

/// What stands in a code cell in the place of its solution, as in `nbgrader_config.py`.
pub const CODE_STUB: &str = "// YOUR CODE HERE\nunimplemented!(\"your code goes here\");";
/// What stands in another cell in the place of its solution.
pub const TEXT_STUB: &str = "YOUR ANSWER HERE";

/// What is wrong with the regions of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// A region begins inside one of its kind.
    #[error("line {line}: `{}` stands inside a region that began before", .region.begin())]
    Nested {
        /// Of which kind.
        region: Region,
        /// Counted from 1.
        line: usize,
    },
    /// A region does not end.
    #[error("line {line}: `{}` has no `{}` below it", .region.begin(), .region.end())]
    Open {
        /// Of which kind.
        region: Region,
        /// Where it begins, counted from 1.
        line: usize,
    },
    /// A region ends that has not begun.
    #[error("line {line}: `{}` has no `{}` above it", .region.end(), .region.begin())]
    NotBegun {
        /// Of which kind.
        region: Region,
        /// Counted from 1.
        line: usize,
    },
    /// Nearly a mark: it would not be seen, and the secret would stand in the student's version.
    #[error("line {line}: write `{}` or `{}` exactly so, or the region is not found", .region.begin(), .region.end())]
    Misspelt {
        /// Of which kind.
        region: Region,
        /// Counted from 1.
        line: usize,
    },
}

impl Region {
    /// All kinds.
    pub const ALL: [Region; 3] = [Region::Solution, Region::HiddenTests, Region::MarkScheme];

    /// The mark that begins it.
    pub fn begin(self) -> &'static str {
        match self {
            Region::Solution => "// BEGIN SOLUTION",
            Region::HiddenTests => "// BEGIN HIDDEN TESTS",
            Region::MarkScheme => "BEGIN MARK SCHEME",
        }
    }

    /// The mark that ends it.
    pub fn end(self) -> &'static str {
        match self {
            Region::Solution => "// END SOLUTION",
            Region::HiddenTests => "// END HIDDEN TESTS",
            Region::MarkScheme => "END MARK SCHEME",
        }
    }

    /// Whether a text has such a region.
    pub fn is_in(self, source: &str) -> bool {
        source.contains(self.begin())
    }

    /// Looks whether every region is closed, none stands in another, and no mark is nearly one.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(self, source: &str) -> Result<(), RegionError> {
        let region = self;
        let mut began = None;
        for (line, text) in (1..).zip(source.split('\n')) {
            if text.contains(self.begin()) {
                if began.is_some() {
                    return Err(RegionError::Nested { region, line });
                }
                began = Some(line);
            } else if text.contains(self.end()) {
                if began.take().is_none() {
                    return Err(RegionError::NotBegun { region, line });
                }
            } else if self.is_nearly_in(text) {
                return Err(RegionError::Misspelt { region, line });
            }
        }
        began.map_or(Ok(()), |line| Err(RegionError::Open { region, line }))
    }

    /// Whether a line is a comment that means to be one of the marks.
    fn is_nearly_in(self, line: &str) -> bool {
        let squeezed = |text: &str| -> String {
            let letters = text.chars().filter(|letter| letter.is_alphabetic());
            letters.flat_map(char::to_uppercase).collect()
        };
        let line = squeezed(line);
        [self.begin(), self.end()].map(squeezed).contains(&line)
    }

    /// The text without its regions; the lines of `instead` stand in the place of each, as deep as its first line. `None` if
    /// there is no region.
    pub fn replaced(self, source: &str, instead: &[&str]) -> Option<String> {
        let mut inside = false;
        let mut found = false;
        let mut lines: Vec<String> = Vec::new();
        for line in source.split('\n') {
            if line.contains(self.begin()) {
                inside = true;
                found = true;
                let deep = line.len() - line.trim_start().len();
                lines.extend(instead.iter().map(|text| format!("{}{text}", &line[..deep])));
            } else if line.contains(self.end()) {
                inside = false;
            } else if !inside {
                lines.push(line.to_owned());
            }
        }
        found.then(|| lines.join("\n"))
    }

    /// The text with every line of its regions empty: what is left stands where it stood.
    pub fn blanked(self, source: &str) -> String {
        let mut inside = false;
        let kept = source.split('\n').map(|line| {
            let begins = line.contains(self.begin());
            inside |= begins;
            let hidden = inside || line.contains(self.end());
            inside &= begins || !line.contains(self.end());
            if hidden { "" } else { line }
        });
        kept.collect::<Vec<_>>().join("\n")
    }
}

/// A cell's text as a student gets it.
pub fn without_solution(source: &str, code: bool, solution_cell: bool) -> String {
    let stub = if code { CODE_STUB } else { TEXT_STUB };
    let lines: Vec<&str> = stub.split('\n').collect();
    match Region::Solution.replaced(source, &lines) {
        Some(text) => text,
        None if solution_cell => stub.to_owned(),
        None => source.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solution_gives_way_to_the_stub_at_its_depth() {
        let cell = "fn f() -> i32 {\n    // BEGIN SOLUTION\n    3\n    // END SOLUTION\n}\n// BEGIN SOLUTION\n// END SOLUTION";
        insta::assert_snapshot!(without_solution(cell, true, true), @r#"
        fn f() -> i32 {
            // YOUR CODE HERE
            unimplemented!("your code goes here");
        }
        // YOUR CODE HERE
        unimplemented!("your code goes here");
        "#);
        assert_eq!(without_solution("a line", false, true), TEXT_STUB);
        assert_eq!(without_solution("let x = 1;", true, true), CODE_STUB);
        assert_eq!(without_solution("let x = 1;", true, false), "let x = 1;");
    }

    #[test]
    fn hidden_lines_go_or_stay_empty() {
        let test = "one\n// BEGIN HIDDEN TESTS\ntwo\n// END HIDDEN TESTS\nthree\n  // BEGIN HIDDEN TESTS\n  four\n// END HIDDEN TESTS";
        let hidden = Region::HiddenTests;
        assert_eq!(hidden.replaced(test, &[]).unwrap(), "one\nthree");
        assert_eq!(hidden.blanked(test), "one\n\n\n\nthree\n\n\n");
        assert_eq!(hidden.replaced("one", &[]), None);
        assert_eq!(hidden.blanked("one\n\ntwo\n"), "one\n\ntwo\n");
    }

    #[test]
    fn faults_of_regions_are_told_by_line() {
        let said = |source: &str| {
            let faults = Region::ALL.map(|region| region.check(source).err().map(|error| error.to_string()));
            faults.into_iter().flatten().collect::<Vec<_>>().join("; ")
        };
        assert_eq!(
            said("x\n// BEGIN SOLUTION\ny\n// END SOLUTION\nBEGIN MARK SCHEME\nEND MARK SCHEME"),
            ""
        );
        insta::assert_snapshot!(said("// BEGIN SOLUTION\n\n// BEGIN SOLUTION\n// END SOLUTION"), @"line 3: `// BEGIN SOLUTION` stands inside a region that began before");
        insta::assert_snapshot!(said("\n// BEGIN HIDDEN TESTS\nx"), @"line 2: `// BEGIN HIDDEN TESTS` has no `// END HIDDEN TESTS` below it");
        insta::assert_snapshot!(said("x\n// END HIDDEN TESTS"), @"line 2: `// END HIDDEN TESTS` has no `// BEGIN HIDDEN TESTS` above it");
        insta::assert_snapshot!(said("//BEGIN hidden tests\nx"), @"line 1: write `// BEGIN HIDDEN TESTS` or `// END HIDDEN TESTS` exactly so, or the region is not found");
        insta::assert_snapshot!(said("### BEGIN SOLUTION"), @"line 1: write `// BEGIN SOLUTION` or `// END SOLUTION` exactly so, or the region is not found");
        assert_eq!(said("// where to begin: the solution of the last exercise"), "");
    }
}
