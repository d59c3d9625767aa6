//! What a test may rely on in a learner's items: the types of functions, constants, fields and methods, as the solution has them.
//!
//! A function that gives a type of the learner's own, equal to everything, would pass every comparison. So a line beside a test
//! holds each name that the test says to its type. What has no type that can be written is not held to it.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, GenericParam, ImplItem, Item, Pat, ReceiverKind, ReturnType, Safety, Signature, Type};

use super::super::assemble::Lessons;
use super::super::compile::Diagnostic;
use super::super::items::token_words;
use super::super::source::{Assembly, Mark, Place};

/// A name and its type: `f` and `fn(i32) -> i32`, `RATE` and `f32`, `Point.x` and `f32`, `Point::len` and `fn(&Point) -> f32`; of a
/// function with type parameters, its first line.
pub type Agreement = (String, String);

/// What stands in front of names that a learner cannot mean.
const OWN: &str = "__hebb_";

/// The types of what an item defines, where they can be written without knowing bodies or callers.
pub fn agreements(item: &Item) -> Vec<Agreement> {
    match item {
        Item::Fn(item) => {
            let written = signature(&item.sig, None).or_else(|| first_line(&item.sig));
            written
                .into_iter()
                .map(|written| (item.sig.ident.to_string(), written))
                .collect()
        }
        Item::Const(item) if item.generics.params.is_empty() => {
            let written = written(&item.ty).into_iter();
            written.map(|written| (item.ident.to_string(), written)).collect()
        }
        Item::Struct(item) if item.generics.params.is_empty() => {
            let fields = item.fields.iter().filter_map(|field| {
                let name = field.ident.as_ref()?;
                Some((format!("{}.{name}", item.ident), written(&field.ty)?))
            });
            fields.collect()
        }
        Item::Impl(item) if item.trait_.is_none() && item.generics.params.is_empty() => {
            let Some(owner) = written(&item.self_ty).filter(|owner| is_name(owner)) else {
                return Vec::new();
            };
            let members = item.items.iter().filter_map(|member| match member {
                ImplItem::Fn(member) => Some((&member.sig.ident, signature(&member.sig, Some(&owner))?)),
                ImplItem::Const(member) => {
                    Some((&member.ident, of_owner(&written(&member.ty)?, Some(&owner))))
                }
                _ => None,
            });
            members
                .map(|(name, written)| (format!("{owner}::{name}"), written))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The names in `Point.x` and `Point::len`; of `f`, the name alone.
pub fn parts(name: &str) -> (&str, Option<&str>) {
    let (owner, member) = name
        .split_once('.')
        .or_else(|| name.split_once("::"))
        .unwrap_or((name, ""));
    (owner, (!member.is_empty()).then_some(member))
}

/// The line that holds a name to its type.
pub fn line((name, written): &Agreement) -> String {
    if let Some(rest) = written.strip_prefix("fn ") {
        let arguments: Vec<String> = syn::parse_str::<Signature>(written)
            .map(|signature| signature.inputs.iter().filter_map(parameter).collect())
            .unwrap_or_default();
        return format!("fn {OWN}{rest} {{ {name}({}) }}", arguments.join(", "));
    }
    match name.split_once('.') {
        Some((owner, field)) => {
            format!("const _: for<'hebb> fn(&'hebb {owner}) -> &'hebb ({written}) = |it| &it.{field};")
        }
        None => format!("const _: {written} = {name};"),
    }
}

/// Leaves out the lines about fields and methods that a learner's type does not have: a test that needs them says so itself.
/// True if there are any.
pub fn leave_out_absent(diagnostics: &[Diagnostic], file: &Assembly, lessons: &mut Lessons) -> bool {
    let absent = objections(diagnostics, file).filter(|(error, _)| is_absence(error));
    let absent: Vec<Mark> = absent.map(|(_, mark)| mark).collect();
    let before = lessons.left_out.len();
    lessons.left_out.extend(absent);
    lessons.left_out.len() > before
}

/// What of the learner's has another type than the exercise asks for, and that type.
pub fn disagreement(diagnostics: &[Diagnostic], file: &Assembly) -> Option<Agreement> {
    let mut others = objections(diagnostics, file).filter(|(error, _)| !is_absence(error));
    others.find_map(|(_, mark)| match mark {
        Mark::Agree(name, written) => Some((name, written)),
        _ => None,
    })
}

fn is_absence(error: &Diagnostic) -> bool {
    matches!(error.code.as_deref(), Some("E0599" | "E0609" | "E0610"))
}

/// The errors in lines of [`line`].
fn objections<'a>(
    diagnostics: &'a [Diagnostic],
    file: &'a Assembly,
) -> impl Iterator<Item = (&'a Diagnostic, Mark)> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.error);
    errors.filter_map(|error| {
        let mut spans = error.spans.iter().filter(|span| span.primary);
        let mark = spans.find_map(|span| match file.place(span.range.clone()) {
            Place::Marked(mark @ Mark::Agree(..)) => Some(mark),
            _ => None,
        })?;
        Some((error, mark))
    })
}

/// The type of a function as a pointer; `owner` is the type whose method it is.
fn signature(signature: &Signature, owner: Option<&str>) -> Option<String> {
    if !is_plain(signature) || signature.generics.where_clause.is_some() {
        return None;
    }
    let mut lifetimes = Vec::new();
    for parameter in &signature.generics.params {
        match parameter {
            GenericParam::Lifetime(lifetime) if lifetime.bounds.is_empty() => {
                lifetimes.push(lifetime.lifetime.to_string());
            }
            _ => return None,
        }
    }
    let mut parameters = Vec::new();
    for input in &signature.inputs {
        parameters.push(match input {
            FnArg::Typed(typed) => written(&typed.ty)?,
            FnArg::Receiver(receiver) => match &receiver.kind {
                ReceiverKind::Value => owner?.to_owned(),
                ReceiverKind::Reference(_, lifetime, mutability) => {
                    let lifetime = lifetime.as_ref().map_or(String::new(), |name| format!("{name} "));
                    let mutability = if mutability.is_some() { "mut " } else { "" };
                    format!("&{lifetime}{mutability}{}", owner?)
                }
                _ => return None,
            },
        });
    }
    let output = match &signature.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, output) => format!(" -> {}", written(output)?),
    };
    // In a method, what is borrowed without a name is borrowed from `self`, and a pointer knows no `self`.
    let borrowed = |text: &String| text.contains(['&', '\'', '<']);
    let several = parameters.iter().filter(|text| borrowed(text)).count() > 1;
    if owner.is_some() && borrowed(&output) && several {
        return None;
    }
    let binder = match lifetimes.is_empty() {
        true => String::new(),
        false => format!("for<{}> ", lifetimes.join(", ")),
    };
    let pointer = format!("{binder}fn({}){output}", parameters.join(", "));
    Some(of_owner(&pointer, owner))
}

/// The first line of a function with type parameters, with plain names for what it is given.
fn first_line(signature: &Signature) -> Option<String> {
    if !is_plain(signature) || !signature.inputs.iter().all(|input| parameter(input).is_some()) {
        return None;
    }
    let mut line = signature.clone();
    for input in &mut line.inputs {
        if let FnArg::Typed(typed) = input
            && let Pat::Ident(name) = &mut *typed.pat
        {
            name.mutability = None;
        }
    }
    line.constness = None;
    Some(spaced(line.to_token_stream()))
}

/// The name of a parameter, if it is no more than a name.
fn parameter(input: &FnArg) -> Option<String> {
    match input {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
                Some(name.ident.to_string())
            }
            _ => None,
        },
        FnArg::Receiver(_) => None,
    }
}

fn is_plain(signature: &Signature) -> bool {
    let safe = !matches!(signature.safety, Safety::Unsafe(_));
    safe && signature.asyncness.is_none() && signature.variadic.is_none() && signature.abi.is_none()
}

/// None for a type that only the compiler knows.
fn written(written: &Type) -> Option<String> {
    let mut names = std::collections::HashSet::new();
    let tokens = written.to_token_stream();
    token_words(tokens.clone(), &mut names);
    let known = !["impl", "_"].iter().any(|word| names.contains(*word));
    known.then(|| spaced(tokens))
}

/// The text with the owner's name for `Self`.
fn of_owner(text: &str, owner: Option<&str>) -> String {
    let Some(owner) = owner else {
        return text.to_owned();
    };
    let mut written = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("Self") {
        let (before, after) = (&rest[..at], &rest[at + "Self".len()..]);
        let is_word = !before.ends_with(unicode_ident::is_xid_continue)
            && !after.starts_with(unicode_ident::is_xid_continue);
        written.push_str(before);
        written.push_str(if is_word { owner } else { "Self" });
        rest = after;
    }
    written + rest
}

fn is_name(text: &str) -> bool {
    text.chars().all(unicode_ident::is_xid_continue)
}

/// Tokens as a person would space them, about: `&Tensor`, `Vec<f32>`.
fn spaced(tokens: TokenStream) -> String {
    let mut text = String::new();
    let mut before_word = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let inner = spaced(group.stream());
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                text.push_str(&format!("{open}{inner}{close}"));
                before_word = false;
            }
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                if matches!(punct.as_char(), ',' | ';') {
                    text.push(' ');
                }
                before_word = false;
            }
            word => {
                if before_word {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
                before_word = true;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Vec<Agreement> {
        agreements(&syn::parse_str::<Item>(code).unwrap())
    }

    #[test]
    fn types_are_written_where_they_can_be() {
        let rows = [
            ("fn f() {}", Some("fn()")),
            (
                "fn f(x: &Tensor, mut n: usize) -> Vec<f32> { x }",
                Some("fn(&Tensor, usize) -> Vec<f32>"),
            ),
            (
                "fn f<'a>(x: &'a str) -> &'a str { x }",
                Some("for<'a> fn(&'a str) -> &'a str"),
            ),
            (
                "fn f(g: &dyn Fn(f32) -> f32, [a, b]: [u8; 2]) -> (i32, bool) {}",
                Some("fn(&dyn Fn(f32)->f32, [u8; 2]) -> (i32, bool)"),
            ),
            ("fn f(mut g: impl Fn()) {}", Some("fn f(g:impl Fn())")),
            (
                "const fn f<T: Copy>(x: T) -> T where T: Sized { x }",
                Some("fn f<T:Copy>(x:T)->T where T:Sized"),
            ),
            ("fn f<T>((x, y): (T, T)) {}", None),
            ("async fn f() {}", None),
            ("const f: [f32; 2] = [0.; 2];", Some("[f32; 2]")),
            ("static f: f32 = 0.;", None),
        ];
        for (code, written) in rows {
            let written: Vec<Agreement> = written
                .into_iter()
                .map(|written| ("f".to_owned(), written.to_owned()))
                .collect();
            assert_eq!(of(code), written, "{code}");
        }
    }

    #[test]
    fn members_are_named_with_their_owner() {
        let code = "impl P { const N: u8 = 1; fn new(x: f32) -> Self { P } fn len(&self, o: &Selfish) -> f32 { 0. } \
            fn at<T>(&self) {} fn near<'a>(&'a mut self) -> &'a f32 {} fn both(&self, other: &P) -> &f32 {} }";
        let written: Vec<String> = of(code)
            .into_iter()
            .map(|(name, is)| format!("{name}: {is}"))
            .collect();
        insta::assert_snapshot!(written.join("\n"), @"
        P::N: u8
        P::new: fn(f32) -> P
        P::len: fn(&P, &Selfish) -> f32
        P::near: for<'a> fn(&'a mut P) -> &'a f32
        ");
        let written: Vec<String> = of("struct P { x: f32, pub names: Vec<&'static str> }")
            .iter()
            .map(line)
            .collect();
        insta::assert_snapshot!(written.join("\n"), @"
        const _: for<'hebb> fn(&'hebb P) -> &'hebb (f32) = |it| &it.x;
        const _: for<'hebb> fn(&'hebb P) -> &'hebb (Vec<&'static str>) = |it| &it.names;
        ");
        assert_eq!(
            of("struct P<T> { x: T }").len() + of("impl<T> P<T> { fn f() {} }").len(),
            0
        );
        assert_eq!(
            (parts("f"), parts("P.x"), parts("P::f")),
            (("f", None), ("P", Some("x")), ("P", Some("f")))
        );
    }

    #[test]
    fn a_line_holds_a_name_to_its_type() {
        let lines: Vec<String> = [
            "fn f(x: i32) -> i32 { x }",
            "fn f<T: Copy>(x: T, n: usize) -> T { x }",
            "const RATE: f32 = 0.1;",
        ]
        .iter()
        .flat_map(|code| of(code))
        .map(|agreement| line(&agreement))
        .collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        const _: fn(i32) -> i32 = f;
        fn __hebb_f<T:Copy>(x:T, n:usize)->T { f(x, n) }
        const _: f32 = RATE;
        ");
    }
}
