//! What could stand at the cursor.

use std::collections::HashSet;

use super::chain::{chain_start, innermost_open};
use super::index::{Entry, EntryKind};
use super::infer::{Inference, Variables};
use super::known::{Known, Member};
use super::tokens::{Kind, Token, begins_name, continues_name, tokens};
use super::types::{Type, short};
use super::words::words;
use crate::engine::session_view::SessionView;
use crate::engine::{Completion, Completions};

/// What completion looks at.
pub struct Place<'a> {
    /// The whole text.
    pub code: &'a str,
    /// Where the word at the cursor begins.
    pub start: usize,
    /// Where it ends; the cursor may stand inside.
    pub end: usize,
    /// The word up to the cursor.
    pub prefix: &'a str,
    /// What stands before the word, comments left out.
    pub before: Vec<Token<'a>>,
}

impl<'a> Place<'a> {
    /// The place of a cursor; none inside text, comments and numbers. A cursor beyond the end counts as the end, one inside a
    /// character as before it.
    pub fn new(code: &'a str, cursor: usize) -> Option<Place<'a>> {
        let cursor = floor(code, cursor);
        let head = &code[..cursor];
        let word: usize = head
            .chars()
            .rev()
            .take_while(|c| continues_name(*c))
            .map(char::len_utf8)
            .sum();
        let start = cursor - word;
        let prefix = &head[start..];
        let before = tokens(&head[..start]);
        if let Some(last) = before.last() {
            // A line comment goes on to the end of its line, a number to the end of the word.
            let in_line = last.kind == Kind::Comment && last.text.starts_with("//") && last.end() == start;
            if !last.closed || in_line {
                return None;
            }
        }
        if prefix.starts_with(|c: char| !begins_name(c)) {
            return None;
        }
        // `r"`, `'a` and `1.` read as one piece with what follows.
        let all = tokens(head);
        if let Some(last) = all.last()
            && last.end() == cursor
            && matches!(
                last.kind,
                Kind::Text | Kind::Bytes | Kind::Character | Kind::Comment | Kind::Lifetime | Kind::Float
            )
        {
            return None;
        }
        let rest: usize = code[cursor..]
            .chars()
            .take_while(|c| continues_name(*c))
            .map(char::len_utf8)
            .sum();
        let before = before
            .into_iter()
            .filter(|token| token.kind != Kind::Comment)
            .collect();
        Some(Place {
            code,
            start,
            end: cursor + rest,
            prefix,
            before,
        })
    }

    /// The token this many places before the word.
    pub fn previous(&self, back: usize) -> &'a str {
        let place = self.before.len().checked_sub(back);
        place
            .and_then(|place| self.before.get(place))
            .map_or("", |token| token.text)
    }

    /// The type of what stands before the dot that the word follows.
    pub fn receiver(&self, known: &Known<'_>, variables: &Variables) -> Option<Type> {
        let (_dot, before) = self.before.split_last()?;
        let chain = &before[chain_start(before)..];
        Inference { known, variables }.expression(chain)
    }

    /// True where somebody who knows more may have names: not where a new one is written, and not at a single letter.
    pub fn may_be_known(&self) -> bool {
        match self.previous(1) {
            "." | "::" => true,
            "fn" | "struct" | "enum" | "trait" | "mod" | "let" | "for" | "mut" | "|" => false,
            _ => self.prefix.chars().nth(1).is_some() && !self.in_command(),
        }
    }

    /// True for the name of a command: right after a `:` that begins a line.
    pub fn in_command(&self) -> bool {
        self.before.last().is_some_and(|colon| {
            let line = self.code[..colon.start].rsplit('\n').next().unwrap_or_default();
            colon.text == ":" && colon.end() == self.start && line.trim().is_empty()
        })
    }
}

/// The nearest place at or before `cursor` where a character begins.
pub fn floor(code: &str, cursor: usize) -> usize {
    let mut cursor = cursor.min(code.len());
    while !code.is_char_boundary(cursor) {
        cursor -= 1;
    }
    cursor
}

/// All that could stand at a place.
pub fn complete(
    place: &Place<'_>,
    known: &Known<'_>,
    session: &SessionView,
    variables: &Variables,
) -> Completions {
    let mut found = Candidates {
        prefix: place.prefix,
        items: Vec::new(),
        seen: HashSet::new(),
    };
    let mut start = place.start;
    match place.previous(1) {
        "." => found.members_of_value(place.receiver(known, variables).as_ref(), known),
        "::" => found.after_path(&path_before(&place.before), known, variables),
        ":" if place.in_command() => {
            start = place.start - 1;
            found.commands();
        }
        // A new name is the writer's own business.
        "fn" | "struct" | "enum" | "trait" | "mod" | "let" | "for" => {}
        "mut" if place.previous(2) == "let" => {}
        "use" => found.crates(0, known),
        _ if in_use(&place.before) => found.after_path(&path_before(&place.before), known, variables),
        _ => {
            found.fields_of_literal(place, known);
            found.everything(place, known, session, variables);
        }
    }
    Completions {
        start,
        end: place.end,
        items: found.sorted(),
    }
}

/// True inside the braces of a `use a::{b, |}`.
fn in_use(before: &[Token<'_>]) -> bool {
    let statement = before
        .iter()
        .rposition(|token| token.text == ";")
        .map_or(0, |at| at + 1);
    before[statement..].iter().any(|token| token.text == "use")
        && before.iter().any(|token| token.text == "{")
}

/// The words of the path before the cursor: `std`, `collections` for `use std::{fmt, collections::`.
pub fn path_before<'a>(before: &[Token<'a>]) -> Vec<&'a str> {
    let mut words = Vec::new();
    let mut at = before.len();
    let mut word_next = false;
    while at > 0 {
        let token = &before[at - 1];
        match token.text {
            "::" => word_next = true,
            // `Vec::<f32>::`
            ">" if word_next => {
                let open = before[..at].iter().rposition(|token| token.text == "<");
                at = open.unwrap_or(0) + 1;
            }
            "," | "{" if in_use(before) => {
                // Back to the path before the open brace.
                at = innermost_open(&before[..at]).unwrap_or(0) + 1;
                word_next = false;
            }
            _ if token.kind == Kind::Word && word_next => {
                words.insert(0, token.text);
                word_next = false;
            }
            _ => break,
        }
        at -= 1;
    }
    words
}

struct Candidates<'a> {
    prefix: &'a str,
    items: Vec<(bool, u32, Completion)>,
    seen: HashSet<String>,
}

impl Candidates<'_> {
    fn add(&mut self, rank: u32, text: &str, kind: &str, signature: &str) {
        let exact = text.starts_with(self.prefix);
        let folded = || text.to_lowercase().starts_with(&self.prefix.to_lowercase());
        if (exact || folded()) && self.seen.insert(text.to_string()) {
            let completion = Completion {
                text: text.to_string(),
                kind: kind.to_string(),
                signature: signature.to_string(),
            };
            self.items.push((!exact, rank, completion));
        }
    }

    fn sorted(mut self) -> Vec<Completion> {
        self.items.sort_by(|(case_a, rank_a, a), (case_b, rank_b, b)| {
            (case_a, rank_a, &a.text).cmp(&(case_b, rank_b, &b.text))
        });
        self.items
            .into_iter()
            .map(|(_, _, completion)| completion)
            .collect()
    }

    fn member(&mut self, rank: u32, member: &Member<'_>) {
        let entry = member.entry;
        self.add(rank, &entry.name, entry.kind.word(), &member.signature());
    }

    /// What `name` stands for where it is written alone.
    fn entry(&mut self, rank: u32, name: &str, entry: &Entry) {
        let word = entry.kind.word();
        if entry.kind == EntryKind::Macro {
            self.add(rank, &format!("{name}!"), word, &entry.signature);
        } else {
            self.add(rank, name, word, &entry.signature);
        }
    }

    /// Fields and methods after a dot.
    fn members_of_value(&mut self, receiver: Option<&Type>, known: &Known<'_>) {
        let Some(receiver) = receiver else { return };
        for member in known.members(receiver) {
            let rank = 2 * u32::try_from(member.distance).unwrap_or(u32::MAX / 2);
            match member.entry.kind {
                EntryKind::Field => self.member(rank, &member),
                EntryKind::Method => self.member(rank + 1, &member),
                _ => {}
            }
        }
        if receiver.name == "()" {
            for (position, element) in receiver.arguments.iter().enumerate() {
                self.add(0, &position.to_string(), "field", &element.to_string());
            }
        }
    }

    /// What a path can go on with: items of a module, functions and variants of a type.
    fn after_path(&mut self, path: &[&str], known: &Known<'_>, variables: &Variables) {
        let Some(last) = path.last() else {
            return self.crates(0, known);
        };
        let joined = path.join("::");
        for index in &known.indexes {
            for (name, entry) in index.module(&joined) {
                self.entry(0, name, entry);
            }
        }
        let of = match *last {
            "Self" => variables.get("self").cloned().flatten(),
            name => known.is_type(name).then(|| Type::named(name)),
        };
        for member in of.map(|of| known.members(&of)).unwrap_or_default() {
            let rank = match member.entry.kind {
                EntryKind::Variant => 0,
                EntryKind::Function | EntryKind::Constant => 1,
                EntryKind::Method => 2,
                _ => continue,
            };
            self.member(rank, &member);
        }
    }

    /// What a `use` can begin with.
    fn crates(&mut self, rank: u32, known: &Known<'_>) {
        for index in &known.indexes {
            for (name, entry) in index.module("") {
                self.entry(rank, name, entry);
            }
        }
        self.add(rank, "std", EntryKind::Module.word(), "the standard library");
    }

    fn commands(&mut self) {
        for (command, line) in &words().commands {
            let name = command.trim_start_matches(':');
            if name.starts_with(self.prefix) && self.seen.insert(command.clone()) {
                let completion = Completion {
                    text: command.clone(),
                    kind: "command".to_string(),
                    signature: line.clone(),
                };
                self.items.push((false, 0, completion));
            }
        }
    }

    /// Fields of `Name { |`, also after the first ones.
    fn fields_of_literal(&mut self, place: &Place<'_>, known: &Known<'_>) {
        if !matches!(place.previous(1), "{" | ",") {
            return;
        }
        let Some(open) = innermost_open(&place.before).filter(|open| place.before[*open].text == "{") else {
            return;
        };
        let Some(name) = open.checked_sub(1).map(|at| place.before[at].text) else {
            return;
        };
        let declared = open.checked_sub(2).map_or("", |at| place.before[at].text);
        if matches!(
            declared,
            "struct" | "enum" | "impl" | "trait" | "for" | "->" | "match" | "if" | "while" | "in"
        ) {
            return;
        }
        for member in known.members(&Type::named(name)) {
            if member.entry.kind == EntryKind::Field && member.distance == 0 {
                self.member(0, &member);
            }
        }
    }

    /// All names that a cell sees.
    fn everything(
        &mut self,
        place: &Place<'_>,
        known: &Known<'_>,
        session: &SessionView,
        variables: &Variables,
    ) {
        let wants_type = matches!(place.previous(1), ":" | "->" | "as" | "impl" | "dyn" | "<");
        let value = if wants_type { 5 } else { 1 };
        for (name, of) in variables {
            let shown = type_shown(name, of.as_ref(), session).unwrap_or_default();
            self.add(value, name, "variable", &shown);
        }
        for (distance, index) in known.indexes.iter().enumerate() {
            let base = if distance + 1 < known.indexes.len() { 1 } else { 2 };
            for (name, entry) in index.in_scope() {
                let unfit = wants_type && !entry.kind.is_type();
                self.entry(if unfit { base + 4 } else { base }, name, entry);
            }
        }
        for used in session.uses.iter().flat_map(|line| used_names(line)) {
            let entry = known.named(&used).into_iter().next();
            let (kind, signature) = entry.map_or(("module", ""), |entry| {
                (entry.kind.word(), entry.signature.as_str())
            });
            self.add(2, &used, kind, signature);
        }
        for (name, line) in &words().primitives {
            self.add(if wants_type { 1 } else { 3 }, name, "type", line);
        }
        for (name, line) in &words().keywords {
            self.add(if wants_type { 6 } else { 3 }, name, "keyword", line);
        }
        self.crates(4, known);
    }
}

/// The type of a variable in words: the session knows it as Rust writes it; what the cell itself makes is known only in
/// outline.
pub fn type_shown(name: &str, of: Option<&Type>, session: &SessionView) -> Option<String> {
    let written = session.variables.iter().find(|variable| variable.name == name);
    // A variable of the cell may hide one of the session.
    let exact = written.filter(|written| Type::parse(&written.type_name).as_ref() == of);
    exact
        .map(|written| short(&written.type_name))
        .or_else(|| of.map(ToString::to_string))
}

/// The names that a `use` line brings into scope.
fn used_names(line: &str) -> Vec<String> {
    let all = tokens(line);
    let mut names = Vec::new();
    for (at, token) in all.iter().enumerate() {
        let ends = all
            .get(at + 1)
            .is_none_or(|next| matches!(next.text, ";" | "," | "}"));
        if token.kind == Kind::Word && ends && !matches!(token.text, "use" | "self" | "_") {
            names.push(token.text.to_string());
        }
    }
    names
}
