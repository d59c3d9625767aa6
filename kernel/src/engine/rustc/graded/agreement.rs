//! What a test may rely on in a learner's items: the types of functions, constants, fields and methods, as the solution has them.
//!
//! A function that gives a type of the learner's own, equal to everything, would pass every comparison. So a line beside a test
//! holds each name that the test says to its type. What has no type that can be written is not held to it.

use quote::ToTokens;
use syn::{Fields, FnArg, ItemType, Pat, Signature, Variant};

use super::super::assemble::Lessons;
use super::super::compile::Diagnostic;
use super::super::source::{Assembly, Mark, Place};
use super::asked::spaced;

/// A name and its type: `f` and `fn(i32) -> i32`, `RATE` and `f32`, `Point.x` and `f32`, `Point::len` and `fn(&Point) -> f32`; of a
/// function with type parameters, and of a type or a module, its first line; of a variant what makes it.
pub type Agreement = (String, String);

/// What stands in front of names that a learner cannot mean.
const OWN: &str = "__hebb_";
/// Stands for `self` and for what has a field, where those are no words.
pub(super) const WHOLE: &str = "self_";

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
    let own = format!("{OWN}{}", name.replace([':', '.'], "_"));
    if let Some(written) = written.strip_prefix("static ") {
        return format!("fn {own}() {{ let _: &({written}) = &{name}; }}");
    }
    if let Some(module) = written.strip_prefix("mod ") {
        return format!("mod {own} {{ use super::{module}::*; }}");
    }
    if let Ok(alias) = syn::parse_str::<ItemType>(&format!("{written} = ();")) {
        let (parameters, arguments, _) = alias.generics.split_for_impl();
        let [parameters, arguments] = [parameters.to_token_stream(), arguments.to_token_stream()].map(spaced);
        return format!("type {own}{parameters} = {name}{arguments};");
    }
    if let Ok(Variant {
        fields: Fields::Named(fields),
        ..
    }) = syn::parse_str(written)
    {
        let given = spaced(fields.named.to_token_stream());
        let names: Vec<String> = fields
            .named
            .iter()
            .filter_map(|field| Some(field.ident.as_ref()?.to_string()))
            .collect();
        return format!(
            "fn {own}({given}) -> {} {{ {name} {{ {} }} }}",
            parts(name).0,
            names.join(", ")
        );
    }
    let field = name.split_once('.');
    if let Ok(signature) = syn::parse_str::<Signature>(written) {
        let arguments: Vec<String> = signature.inputs.iter().filter_map(parameter).collect();
        let arguments = arguments.join(", ");
        let body = match field {
            Some((_, field)) => format!("&{arguments}.{field}"),
            None => format!("{name}({arguments})"),
        };
        let line = Signature {
            ident: quote::format_ident!("{own}"),
            ..signature
        };
        return format!("{} {{ {body} }}", spaced(line.to_token_stream()));
    }
    match field {
        Some((owner, field)) => {
            format!("const _: for<'hebb> fn(&'hebb {owner}) -> &'hebb ({written}) = |it| &it.{field};")
        }
        None => format!("const _: {written} = {name};"),
    }
}

/// The name of a parameter, if it is no more than a name.
pub(super) fn parameter(input: &FnArg) -> Option<String> {
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
