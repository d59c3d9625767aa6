//! What a call gives, and what it hands to its closures: the part of inference that reads signatures.

use std::collections::HashMap;

use super::chain::{arguments, chain_start, generics, innermost_open};
use super::closures::{Closure, Declared, closure, declared_arguments};
use super::index::{Entry, EntryKind};
use super::infer::Inference;
use super::patterns;
use super::tokens::{Kind, Token, significant};
use super::types::Type;

/// What a call calls.
pub struct Callee<'a> {
    /// The function or method.
    pub entry: &'a Entry,
    /// What is known of the names in its signature.
    pub bindings: HashMap<String, Type>,
    /// Types written in `::<>`.
    pub turbofish: Vec<Type>,
}

/// A path as written: `Vec::<f32>::new`.
pub struct Written<'a> {
    /// The last word.
    pub name: &'a str,
    /// The word before it, with its arguments.
    pub of: Option<Type>,
    /// Types after the last word.
    pub turbofish: Vec<Type>,
    /// True for a single word.
    pub alone: bool,
    /// The number of tokens.
    pub end: usize,
}

impl<'a> Written<'a> {
    /// Reads the path at the beginning of `tokens`.
    pub fn read(tokens: &[Token<'a>]) -> Option<Written<'a>> {
        let mut written = Written {
            name: tokens.first().filter(|token| token.kind == Kind::Word)?.text,
            of: None,
            turbofish: Vec::new(),
            alone: true,
            end: 1,
        };
        while tokens.get(written.end).is_some_and(|token| token.text == "::") {
            match tokens.get(written.end + 1) {
                Some(token) if token.text == "<" => {
                    let (mut generic, used) = generics(&tokens[written.end + 1..])?;
                    written.end += 1 + used;
                    written.turbofish.append(&mut generic);
                }
                Some(token) if token.kind == Kind::Word => {
                    written.of = Some(Type::of(written.name, std::mem::take(&mut written.turbofish)));
                    written.name = token.text;
                    written.alone = false;
                    written.end += 2;
                }
                _ => return None,
            }
        }
        Some(written)
    }
}

impl<'b> Inference<'b> {
    /// The function that a path names, seen from the type before it if there is one.
    pub fn function(&self, written: &Written<'_>) -> Option<Callee<'b>> {
        let turbofish = written.turbofish.clone();
        if let Some(of) = self.owner(written) {
            let member = self.known.member(&of, written.name)?;
            let own = member.entry.owner.as_deref().and_then(Type::parse);
            let bindings = match own {
                // `Vec::new()` says nothing of the element: its pattern binds to itself only where arguments were written.
                Some(_) if of.arguments.is_empty() => {
                    let own = member.bindings.get("Self").cloned().unwrap_or(of);
                    HashMap::from([("Self".to_string(), own)])
                }
                _ => member.bindings,
            };
            return Some(Callee {
                entry: member.entry,
                bindings,
                turbofish,
            });
        }
        let callable = |entry: &&&Entry| {
            matches!(
                entry.kind,
                EntryKind::Function | EntryKind::Variant | EntryKind::Struct
            )
        };
        let named = self.known.named(written.name);
        Some(Callee {
            entry: named.iter().find(callable)?,
            bindings: HashMap::new(),
            turbofish,
        })
    }

    /// The type before the last `::` of a path.
    fn owner(&self, written: &Written<'_>) -> Option<Type> {
        let of = written.of.clone()?;
        if of.name == "Self" {
            return self.variables.get("self").cloned().flatten();
        }
        self.known.is_type(&of.name).then_some(of)
    }

    /// What a call gives; parameters that stay unknown become `_`.
    pub fn call(&self, callee: &Callee<'_>, arguments: &[&[Token<'_>]], depth: u32) -> Option<Type> {
        let result = Type::parse(callee.entry.result.as_deref()?)?;
        let mut bindings = self.bindings(callee, arguments, depth);
        for name in &callee.entry.parameters {
            bindings.entry(name.clone()).or_insert_with(Type::unknown);
        }
        // `collect::<Vec<_>>()`: the element is the iterator's.
        let element = bindings.get("Item").cloned();
        let found = self.known.settled(&result.substitute(&bindings));
        Some(match element {
            Some(element) if callee.entry.name == "collect" => found.filled(&element),
            _ => found,
        })
    }

    /// What a call's arguments say of the names in its signature.
    fn bindings(&self, callee: &Callee<'_>, arguments: &[&[Token<'_>]], depth: u32) -> HashMap<String, Type> {
        let entry = callee.entry;
        let mut bindings = callee.bindings.clone();
        let parameters = &entry.parameters;
        let unbound: Vec<&String> = parameters
            .iter()
            .filter(|name| !bindings.contains_key(*name))
            .collect();
        for (name, given) in unbound.iter().zip(&callee.turbofish) {
            bindings.insert((*name).clone(), given.clone());
        }
        // `where Self: Iterator<Item = &'a T>`
        if let (Some(item), Some(pattern)) = (bindings.get("Item").cloned(), item_bound(&entry.signature)) {
            item.bind(&pattern, parameters, &mut bindings);
        }
        let declared = declared_arguments(&entry.signature, entry.kind == EntryKind::Method);
        for (declared, written) in declared.iter().zip(arguments) {
            let (pattern, found) = match declared {
                Declared::Value(pattern) if self.is_open(pattern, entry, &bindings) => {
                    (pattern, self.typed(written, depth + 1))
                }
                Declared::Callable(given, pattern) if self.is_open(pattern, entry, &bindings) => {
                    let given: Vec<Type> = given.iter().map(|given| self.given(given, &bindings)).collect();
                    (pattern, self.called(written, &given, depth + 1))
                }
                _ => continue,
            };
            if let Some(found) = found {
                let mut more = HashMap::new();
                found.bind(pattern, parameters, &mut more);
                for (name, found) in more {
                    bindings.entry(name).or_insert(found);
                }
            }
        }
        bindings
    }

    fn given(&self, declared: &Type, bindings: &HashMap<String, Type>) -> Type {
        self.known.settled(&declared.substitute(bindings))
    }

    /// True if a type names a parameter that nothing is known of yet.
    fn is_open(&self, of: &Type, entry: &Entry, bindings: &HashMap<String, Type>) -> bool {
        let own = entry.parameters.contains(&of.name) && !bindings.contains_key(&of.name);
        own || of
            .arguments
            .iter()
            .any(|inner| self.is_open(inner, entry, bindings))
    }

    /// What something that can be called gives: a closure, or a path such as `f32::sqrt`.
    fn called(&self, tokens: &[Token<'_>], given: &[Type], depth: u32) -> Option<Type> {
        if let Some(found) = closure(tokens) {
            return self.closure_result(&found, given, depth);
        }
        let written = Written::read(tokens).filter(|written| written.end == tokens.len())?;
        let mut callee = self.function(&written)?;
        // `Some` and `String::from` take what they are given.
        let declared = declared_arguments(&callee.entry.signature, false);
        for (declared, given) in declared.iter().zip(given) {
            if let Declared::Value(pattern) = declared {
                given.bind(pattern, &callee.entry.parameters, &mut callee.bindings);
            }
        }
        self.call(&callee, &[], depth + 1)
    }

    /// What a closure computes from arguments of these types.
    pub fn closure_result(&self, closure: &Closure<'_, '_>, given: &[Type], depth: u32) -> Option<Type> {
        if let Some(declared) = &closure.declared {
            return Some(declared.clone());
        }
        let mut variables = self.variables.clone();
        for (position, parameter) in closure.parameters.iter().enumerate() {
            patterns::annotated(parameter, given.get(position), self.known, &mut variables);
        }
        Inference {
            known: self.known,
            variables: &variables,
        }
        .typed(closure.body, depth + 1)
    }

    /// The types that the closure at `at` gets from the call that it is an argument of.
    pub fn handed_over(&self, tokens: &[Token<'_>], at: usize) -> Vec<Type> {
        let handed = || {
            let open = innermost_open(&tokens[..at]).filter(|open| tokens[*open].text == "(")?;
            let callee = self.callee(&tokens[chain_start(&tokens[..open])..open])?;
            let mut before = arguments(&tokens[open + 1..at]);
            before.pop_if(|last| last.is_empty() || last.iter().all(|token| token.text == "move"));
            let bindings = self.bindings(&callee, &before, 0);
            let takes_self = callee.entry.kind == EntryKind::Method;
            let mut declared = declared_arguments(&callee.entry.signature, takes_self);
            if declared.len() <= before.len() {
                return None;
            }
            match declared.swap_remove(before.len()) {
                Declared::Callable(given, _) => {
                    Some(given.iter().map(|given| self.given(given, &bindings)).collect())
                }
                Declared::Value(_) => None,
            }
        };
        handed().unwrap_or_default()
    }

    /// What the tokens before a `(` call.
    fn callee(&self, chain: &[Token<'_>]) -> Option<Callee<'b>> {
        let dot = chain.iter().rposition(|token| token.text == ".");
        let dot = dot.filter(|dot| {
            let after = Written::read(&chain[dot + 1..]);
            after.is_some_and(|after| dot + 1 + after.end == chain.len())
        });
        let Some(dot) = dot else {
            return self.function(&Written::read(chain)?);
        };
        let written = Written::read(&chain[dot + 1..])?;
        let receiver = self.typed(&chain[..dot], 0)?;
        let member = self.known.member(&receiver, written.name)?;
        Some(Callee {
            entry: member.entry,
            bindings: member.bindings,
            turbofish: written.turbofish,
        })
    }
}

/// What a signature asks of the elements of `Self`.
fn item_bound(signature: &str) -> Option<Type> {
    let all = significant(signature);
    let bound = all
        .windows(3)
        .position(|three| three[0].text == "Self" && three[1].text == ":" && three[2].text == "Iterator")?;
    Type::read(&all[bound + 2..])?.0.arguments.into_iter().next()
}
