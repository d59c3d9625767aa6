//! Types as far as completion needs them: the last word of a path and its arguments.
//!
//! Lifetimes and bounds are left out, and a reference is no more than a mark: what can be called through it is the same. This is
//! no type checker; what it cannot read is `None`, and then nothing is offered.

use std::collections::HashMap;
use std::fmt;

use super::tokens::{Kind, Token, significant};

/// A type: `Vec<Tensor>` is `Vec` with one argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// The last word of the path; `[]` for slices, `[;]` for arrays, `()` for tuples, `Fn` for whatever can be called, `::Item`
    /// for what belongs to its only argument.
    pub name: String,
    /// Generic arguments; elements of a tuple; element and length of an array; the result of a call.
    pub arguments: Vec<Type>,
    /// What stands before it: `&`, `&mut ` or nothing.
    pub reference: &'static str,
}

impl Type {
    /// A type without arguments.
    pub fn named(name: &str) -> Type {
        Type::of(name, Vec::new())
    }

    /// A type with arguments.
    pub fn of(name: &str, arguments: Vec<Type>) -> Type {
        Type {
            name: name.to_string(),
            arguments,
            reference: "",
        }
    }

    /// A type that nothing is known of.
    pub fn unknown() -> Type {
        Type::named("_")
    }

    /// The same type behind this reference.
    pub fn behind(mut self, reference: &'static str) -> Type {
        self.reference = reference;
        self
    }

    /// The parts of an array.
    pub fn array(element: Type, length: &str) -> Type {
        Type::of("[;]", vec![element, Type::named(length)])
    }

    /// What indexing gives, and what a slice, array or list is made of.
    pub fn indexed(&self) -> Option<&Type> {
        match self.name.as_str() {
            "[;]" => self.arguments.first(),
            _ => self.arguments.last(),
        }
    }

    /// Reads a type as Rust writes it.
    pub fn parse(text: &str) -> Option<Type> {
        Type::read(&significant(text)).map(|(found, _)| found)
    }

    /// Reads a type at the beginning of `tokens`; also gives the number of tokens that it took.
    pub fn read(tokens: &[Token<'_>]) -> Option<(Type, usize)> {
        let mut reader = Reader { tokens, at: 0 };
        let found = reader.read(0)?;
        Some((found, reader.at))
    }

    /// Puts what `bindings` says in the place of each parameter.
    pub fn substitute(&self, bindings: &HashMap<String, Type>) -> Type {
        let behind = |bound: &Type| match self.reference {
            "" => bound.clone(),
            reference => bound.clone().behind(reference),
        };
        if let Some(bound) = bindings.get(&self.name).filter(|_| self.arguments.is_empty()) {
            return behind(bound);
        }
        // `Self::Item` in a trait is the parameter `Item` of its owner.
        if let Some(name) = self.name.strip_prefix("::")
            && self.arguments.first().is_some_and(|of| of.name == "Self")
            && let Some(bound) = bindings.get(name)
        {
            return behind(bound);
        }
        Type {
            name: self.name.clone(),
            arguments: self
                .arguments
                .iter()
                .map(|argument| argument.substitute(bindings))
                .collect(),
            reference: self.reference,
        }
    }

    /// Reads off what the `parameters` of a pattern such as `Vec<T>` stand for in this type.
    pub fn bind(&self, pattern: &Type, parameters: &[String], bindings: &mut HashMap<String, Type>) {
        if pattern.arguments.is_empty() && parameters.contains(&pattern.name) {
            let mut bound = self.clone();
            if !pattern.reference.is_empty() {
                bound.reference = "";
            }
            bindings.insert(pattern.name.clone(), bound);
            return;
        }
        for (argument, inner) in self.arguments.iter().zip(&pattern.arguments) {
            argument.bind(inner, parameters, bindings);
        }
    }

    /// False if this type is certainly none that the pattern stands for: `Option<f32>` is no `Option<Option<T>>`.
    pub fn fits(&self, pattern: &Type, parameters: &[String]) -> bool {
        let open = |name: &str| name == "_" || name.starts_with("::");
        if open(&self.name) || open(&pattern.name) || parameters.contains(&pattern.name) {
            return true;
        }
        let arguments = || self.arguments.iter().zip(&pattern.arguments);
        self.name == pattern.name && arguments().all(|(argument, inner)| argument.fits(inner, parameters))
    }

    /// This type with `element` in the place of its only unknown part: `Vec<_>` becomes `Vec<f32>`.
    pub fn filled(&self, element: &Type) -> Type {
        match self.arguments.as_slice() {
            [only] if only.name == "_" => Type {
                arguments: vec![element.clone()],
                ..self.clone()
            },
            [first, second] if first.name == "_" && second.name == "_" && element.name == "()" => Type {
                arguments: element.arguments.clone(),
                ..self.clone()
            },
            _ => self.clone(),
        }
    }

    /// True for numbers that are written as literals.
    pub fn is_number(&self) -> bool {
        matches!(
            self.name.as_str(),
            "f32"
                | "f64"
                | "i8"
                | "i16"
                | "i32"
                | "i64"
                | "i128"
                | "isize"
                | "u8"
                | "u16"
                | "u32"
                | "u64"
                | "u128"
                | "usize"
        )
    }
}

/// A type's text without the modules before each name: `std::vec::Vec<f32>` becomes `Vec<f32>`.
pub fn short(text: &str) -> String {
    let all = significant(text);
    let mut written = String::new();
    let mut end = 0;
    for (at, token) in all.iter().enumerate() {
        let module = |at: usize| {
            let word = all.get(at).is_some_and(|token| token.kind == Kind::Word);
            word && all.get(at + 1).is_some_and(|next| next.text == "::")
        };
        let separator = token.text == "::" && at > 0 && module(at - 1);
        if module(at) || separator {
            written.push_str(&text[end..token.start]);
            end = token.end();
        }
    }
    written.push_str(&text[end..]);
    written
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reference)?;
        let (open, separator, close) = match self.name.as_str() {
            "[]" => ("[", ", ", "]"),
            "[;]" => ("[", "; ", "]"),
            "()" => ("(", ", ", ")"),
            name => {
                if let (Some(_), Some(of)) = (name.strip_prefix("::"), self.arguments.first()) {
                    return write!(f, "{of}{name}");
                }
                f.write_str(name)?;
                if self.arguments.is_empty() {
                    return Ok(());
                }
                ("<", ", ", ">")
            }
        };
        f.write_str(open)?;
        for (position, argument) in self.arguments.iter().enumerate() {
            let between = if position == 0 { "" } else { separator };
            write!(f, "{between}{argument}")?;
        }
        f.write_str(close)
    }
}

struct Reader<'a, 'b> {
    tokens: &'b [Token<'a>],
    at: usize,
}

/// Types nested deeper than this are cut off, so that no text can exhaust the stack.
const DEEPEST: u32 = 40;

impl<'a> Reader<'a, '_> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", |token| token.text)
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.peek() == text;
        self.at += usize::from(found);
        found
    }

    fn read(&mut self, depth: u32) -> Option<Type> {
        if depth > DEEPEST {
            return None;
        }
        let mut reference = "";
        loop {
            let token = self.tokens.get(self.at)?;
            match token.text {
                "&" | "&&" if reference.is_empty() => reference = "&",
                "mut" if reference == "&" => reference = "&mut ",
                "&" | "&&" | "mut" | "dyn" | "impl" | "*" | "const" | "?" | "+" | "unsafe" | "extern" => {}
                _ if token.kind == Kind::Lifetime => {}
                _ => break,
            }
            self.at += 1;
        }
        let found = self.bare(depth)?;
        Some(match reference {
            "" => found,
            reference => found.behind(reference),
        })
    }

    /// A type without what stands before it.
    fn bare(&mut self, depth: u32) -> Option<Type> {
        if self.take("for") {
            self.skip_generics();
            return self.read(depth + 1);
        }
        if self.take("(") {
            let mut elements = self.list(")", depth)?;
            let grouped = elements.len() == 1
                && self
                    .tokens
                    .get(self.at.wrapping_sub(2))
                    .is_some_and(|t| t.text != ",");
            return Some(if grouped {
                elements.remove(0)
            } else {
                Type::of("()", elements)
            });
        }
        if self.take("[") {
            let element = self.read(depth + 1)?;
            let from = self.at + 1;
            let is_array = self.peek() == ";";
            self.skip_to("]");
            if !is_array {
                return Some(Type::of("[]", vec![element]));
            }
            let length = self.tokens.get(from..self.at - 1).unwrap_or_default();
            let length = length
                .iter()
                .map(|token| token.text)
                .collect::<Vec<_>>()
                .join(" ");
            return Some(Type::array(element, &length));
        }
        if self.take("!") {
            return Some(Type::named("!"));
        }
        if self.take("<") {
            // `<T as Trait>::Name` is the `Name` of `T`.
            let of = self.read(depth + 1)?;
            if self.take("as") {
                self.read(depth + 1)?;
            }
            let name = (self.take(">") && self.take("::")).then(|| self.tokens.get(self.at))??;
            self.at += 1;
            return Some(Type::of(&format!("::{}", name.text), vec![of]));
        }
        self.path(depth)
    }

    fn path(&mut self, depth: u32) -> Option<Type> {
        self.take("::");
        let mut of: Option<&str> = None;
        loop {
            let token = self
                .tokens
                .get(self.at)
                .filter(|token| token.kind == Kind::Word)?;
            let name = token.text;
            self.at += 1;
            let mut arguments = Vec::new();
            let turbofish =
                self.peek() == "::" && self.tokens.get(self.at + 1).is_some_and(|t| t.text == "<");
            self.at += usize::from(turbofish);
            if self.take("<") {
                arguments = self.list(">", depth)?;
            } else if matches!(name, "fn" | "Fn" | "FnMut" | "FnOnce") && self.take("(") {
                self.list(")", depth)?;
                if self.take("->") {
                    arguments.push(self.read(depth + 1)?);
                }
                return Some(Type::of("Fn", arguments));
            }
            if !self.take("::") {
                // `I::Item` is the `Item` of `I`; the names of modules begin small.
                return Some(match of.filter(|of| of.starts_with(char::is_uppercase)) {
                    Some(of) => Type::of(&format!("::{name}"), vec![Type::named(of)]),
                    None => Type::of(name, arguments),
                });
            }
            of = Some(name);
        }
    }

    /// Types between commas up to `close`. `Item = T` counts as `T`; lifetimes and constants are left out.
    fn list(&mut self, close: &str, depth: u32) -> Option<Vec<Type>> {
        let mut found = Vec::new();
        loop {
            if self.take(close) {
                return Some(found);
            }
            if self.take(",") {
                continue;
            }
            match self.tokens.get(self.at)?.kind {
                Kind::Lifetime | Kind::Integer if matches!(self.after(), "," | ">") => self.at += 1,
                _ => {
                    if self.tokens.get(self.at)?.kind == Kind::Word && self.after() == "=" {
                        self.at += 2;
                    }
                    found.push(self.read(depth + 1)?);
                    // Bounds after a type (`+ Send`) are of no interest.
                    while self.take("+") {
                        self.read(depth + 1)?;
                    }
                    if self.peek() != close && self.peek() != "," {
                        return None;
                    }
                }
            }
        }
    }

    fn after(&self) -> &'a str {
        self.tokens.get(self.at + 1).map_or("", |token| token.text)
    }

    fn skip_to(&mut self, close: &str) {
        let mut depth = 0;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close if depth == 0 && token.text == close => return,
                Kind::Close => depth -= 1,
                _ => {}
            }
        }
    }

    fn skip_generics(&mut self) {
        let mut depth = 0;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token.text {
                "<" => depth += 1,
                ">" => depth -= 1,
                _ => {}
            }
            if depth <= 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_rust_writes_them() {
        let rows = [
            ("std::vec::Vec<dl_core::Tensor>", "Vec<Tensor>"),
            ("&'a mut [f32]", "&mut [f32]"),
            ("[[u8; 4]; N]", "[[u8; 4]; N]"),
            ("(Dataset, &Dataset)", "(Dataset, &Dataset)"),
            ("&&str", "&str"),
            ("<T as Into<u8>>::Error", "T::Error"),
            ("Option<&I::Item>", "Option<&I::Item>"),
            ("<Self::Item as IntoIterator>::Item", "Self::Item::Item"),
            ("(Tensor)", "Tensor"),
            ("()", "()"),
            ("impl Iterator<Item = &'a str> + '_", "Iterator<&str>"),
            ("Box<dyn Fn(&Tensor, f32) -> Tensor + Send>", "Box<Fn<Tensor>>"),
            ("for<'a> fn(&'a str) -> usize", "Fn<usize>"),
            (
                "HashMap<String, Vec<Option<f32>>>",
                "HashMap<String, Vec<Option<f32>>>",
            ),
            ("std::rc::Rc<std::cell::RefCell<Node>>", "Rc<RefCell<Node>>"),
            ("Cow<'a, str>", "Cow<str>"),
            (
                "ndarray::ArrayBase<OwnedRepr<f64>, Dim<[usize; 2]>>",
                "ArrayBase<OwnedRepr<f64>, Dim<[usize; 2]>>",
            ),
        ];
        for (text, expected) in rows {
            let found = Type::parse(text).map(|found| found.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn modules_are_left_out_of_what_is_shown() {
        let rows = [
            (
                "std::collections::HashMap<std::string::String, &'static [dl_core::Tensor; 3]>",
                "HashMap<String, &'static [Tensor; 3]>",
            ),
            (
                "Box<dyn std::ops::Fn(f32) -> std::vec::Vec<f32>>",
                "Box<dyn Fn(f32) -> Vec<f32>>",
            ),
            ("Point", "Point"),
        ];
        for (text, expected) in rows {
            assert_eq!(short(text), expected);
        }
    }

    #[test]
    fn half_a_type_is_none_and_never_a_panic() {
        for text in [
            "",
            "Vec<",
            "(a",
            "[",
            "<",
            "&",
            "Box<dyn Fn(",
            "::",
            "Vec<T",
            "for<",
        ] {
            assert_eq!(Type::parse(text), None, "{text}");
        }
        assert_eq!(Type::parse(&"[".repeat(10_000)), None);
    }

    #[test]
    fn parameters_are_bound_and_replaced() {
        let receiver = Type::parse("HashMap<String, Vec<Tensor>>").expect("a type");
        let pattern = Type::parse("HashMap<K, V>").expect("a type");
        let mut bindings = HashMap::new();
        receiver.bind(&pattern, &["K".to_string(), "V".to_string()], &mut bindings);
        let result = Type::parse("Option<(&K, V)>")
            .expect("a type")
            .substitute(&bindings);
        assert_eq!(result.to_string(), "Option<(&String, Vec<Tensor>)>");
    }
}
