//! Rules for every Rust file: length, header, nothing left for later, `unsafe`, state, names.

use super::files::{File, follow};

/// Where `unsafe` may stand.
const UNSAFE_PLACES: [&str; 4] = [
    "dl-core/src/backend/",
    "kernel/src/worker/",
    "kernel/prelude/",
    "kernel/tests/worker/",
];

/// The files of dl-core that keep state for the whole process; each says why.
const STATE_PLACES: [&str; 7] = [
    "dl-core/src/backend/threads.rs",
    "dl-core/src/backend/cpu/memory.rs",
    "dl-core/src/random.rs",
    // The table of devices, and what a thread records for one of them.
    "dl-core/src/backend/cuda/table.rs",
    "dl-core/src/backend/cuda/record.rs",
    "dl-core/src/display/host.rs",
    // Tests take turns at what the process shares.
    "dl-core/tests/",
];

/// What makes a static mutable.
const CELLS: [&str; 10] = [
    "Mutex",
    "RwLock",
    "OnceLock",
    "LazyLock",
    "Condvar",
    "RefCell",
    "Cell",
    "OnceCell",
    "UnsafeCell",
    "Once",
];

pub fn too_long(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    if lines > 600 {
        vec![file.complaint(lines, "split it by what its parts are for")]
    } else {
        Vec::new()
    }
}

pub fn no_header(file: &File) -> Vec<String> {
    let opening = if file.path.ends_with(".rs") { "//! " } else { "// " };
    if file.text.starts_with(opening) {
        Vec::new()
    } else {
        vec![file.complaint(1, "say what it is for and what it is not")]
    }
}

pub fn left_for_later(file: &File) -> Vec<String> {
    let words = file.words();
    let mut complaints = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let is_macro =
            ["todo", "unimplemented", "dbg"].contains(&word.text.as_str()) && follow(&words, at + 1, &["!"]);
        // A macro named in `matches!` or a derive is not followed by a group.
        let called = is_macro
            && words
                .get(at + 2)
                .is_some_and(|next| ["Parenthesis", "Bracket", "Brace"].contains(&next.text.as_str()));
        let ignored = word.text == "ignore" && at >= 2 && follow(&words, at - 2, &["#", "Bracket"]);
        if called || ignored {
            complaints.push(file.complaint(word.line, &word.text));
        }
    }
    complaints
}

pub fn unsafe_code(file: &File) -> Vec<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    let words = file.words();
    let mut complaints = Vec::new();
    for (at, word) in words.iter().enumerate() {
        // `#[unsafe(no_mangle)]` is explained at the function itself.
        let attribute = at >= 2 && follow(&words, at - 2, &["#", "Bracket"]);
        if word.text != "unsafe" || attribute {
            continue;
        }
        if !UNSAFE_PLACES.iter().any(|place| file.path.starts_with(place)) {
            complaints.push(file.complaint(word.line, "unsafe is not allowed here"));
        } else if !explained(&lines, word.line - 1) && !promised_by_trait(&lines, word.line - 1) {
            complaints.push(file.complaint(word.line, "unsafe without `// SAFETY:` or `# Safety`"));
        }
    }
    complaints
}

/// True if the line, or the comments and attributes above its statement, say why it is safe.
fn explained(lines: &[&str], line: usize) -> bool {
    let says = |text: &str| text.contains("SAFETY:") || text.contains("# Safety");
    if says(lines[line]) {
        return true;
    }
    // A statement may begin some lines above its `unsafe`; further up only comments and attributes count.
    let mut above = line;
    let mut code_lines = 0;
    while above > 0 {
        above -= 1;
        let text = lines[above].trim();
        if says(text) {
            return true;
        }
        if text.starts_with("//") || text.starts_with("#[") {
            continue;
        }
        code_lines += 1;
        if text.is_empty() || text.ends_with([';', '}']) || code_lines > 2 {
            return false;
        }
    }
    false
}

/// True for an `unsafe fn` in an `impl Trait for Type`: what its callers promise stands at the trait.
fn promised_by_trait(lines: &[&str], line: usize) -> bool {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = lines[line];
    let around = lines[..line].iter().rev();
    let mut enclosing = around.filter(|above| !above.trim().is_empty() && depth(above) < depth(own));
    own.trim().starts_with("unsafe fn")
        && enclosing.next().is_some_and(|above| {
            let above = above.trim();
            above.starts_with("impl") && above.contains(" for ")
        })
}

pub fn mutable_statics(file: &File) -> Vec<String> {
    if !file.path.starts_with("dl-core/") || STATE_PLACES.iter().any(|place| file.path.starts_with(place)) {
        return Vec::new();
    }
    let words = file.words();
    let mut complaints = Vec::new();
    for (at, word) in words.iter().enumerate() {
        // `'static` is a sign and a name; a declaration is followed by a name and a colon.
        let lifetime = at > 0 && words[at - 1].text == "'";
        if word.text != "static" || lifetime {
            continue;
        }
        let declared: Vec<&str> = words[at..]
            .iter()
            .take_while(|word| word.text != "=")
            .map(|word| word.text.as_str())
            .collect();
        let mutable = declared
            .iter()
            .any(|word| *word == "mut" || CELLS.contains(word) || word.starts_with("Atomic"));
        if mutable {
            complaints.push(file.complaint(word.line, "state of the whole process has its own file"));
        }
    }
    complaints
}

pub fn empty_name(file: &File) -> Vec<String> {
    let empty = |part: &str| {
        let stem = part.split('.').next().unwrap_or(part);
        ["util", "utils", "helper", "helpers", "common", "misc"].contains(&stem)
    };
    if file.path.split('/').any(empty) {
        vec![file.complaint(1, "name it after what it holds")]
    } else {
        Vec::new()
    }
}
