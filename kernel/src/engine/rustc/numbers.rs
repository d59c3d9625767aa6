//! Which numbers of a cell have no other reason for their type than that they are numbers.
//!
//! A cell is compiled alone: at its end `let x = 2.0;` is an `f64`. In one long program the compiler would still wait for a
//! reason when a later cell says `x.powi(2)`, and refuse. So the program says what the cell's end decided.

use std::collections::{HashMap, HashSet};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{BinOp, Block, Expr, Lit, Pat, Stmt, Token, UnOp};

use super::items::token_words;

/// Macros that look at a number and ask nothing of it.
const LOOKING: [&str; 4] = ["println", "print", "eprintln", "eprint"];

/// Variables that the cell's end makes an `f64` or an `i32`, or a list of these: name and type.
pub fn settled(code: &str) -> Vec<(String, String)> {
    let statements = code
        .parse()
        .ok()
        .and_then(|tokens| Block::parse_within.parse2(tokens).ok())
        .unwrap_or_default();
    let mut types: HashMap<String, String> = HashMap::new();
    // Names whose types are one: what decides that of one decides that of all.
    let mut linked: Vec<HashSet<String>> = Vec::new();
    let mut asked: HashSet<String> = HashSet::new();
    for statement in &statements {
        if let Stmt::Local(local) = statement
            && let Some(init) = local.init.as_ref().filter(|init| init.diverge.is_none())
            && let Some(pairs) = pairs(&local.pat, &init.expr)
        {
            for (name, value) in pairs {
                let mut names = words(value.to_token_stream());
                match number(value, &types) {
                    Some(found) => {
                        types.insert(name.clone(), found);
                        names.insert(name);
                        linked.push(names);
                    }
                    // Another variable takes the name; what that one was is lost.
                    None => {
                        asked.insert(name);
                        asked.extend(names);
                    }
                }
            }
        } else if !only_looks(statement, &types) {
            asked.extend(words(statement.to_token_stream()));
        }
    }
    loop {
        let before = asked.len();
        for names in &linked {
            if !names.is_disjoint(&asked) {
                asked.extend(names.iter().cloned());
            }
        }
        if asked.len() == before {
            break;
        }
    }
    let mut settled: Vec<_> = types
        .into_iter()
        .filter(|(name, _)| !asked.contains(name))
        .collect();
    settled.sort();
    settled
}

/// The names of a `let` and their values, if it is plain enough.
fn pairs<'a>(pattern: &Pat, value: &'a Expr) -> Option<Vec<(String, &'a Expr)>> {
    match (pattern, value) {
        (Pat::Ident(name), value) if name.subpat.is_none() && name.by_ref.is_none() => {
            Some(vec![(name.ident.to_string(), value)])
        }
        (Pat::Tuple(names), Expr::Tuple(values)) if names.elems.len() == values.elems.len() => {
            let parts = names.elems.iter().zip(&values.elems);
            let parts: Option<Vec<_>> = parts.map(|(name, value)| pairs(name, value)).collect();
            Some(parts?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// The type of an expression that is made of numbers without a type of their own.
fn number(expression: &Expr, known: &HashMap<String, String>) -> Option<String> {
    let all = |parts: Vec<&Expr>| {
        let mut types = parts.into_iter().map(|part| number(part, known));
        let first = types.next()??;
        types.all(|part| part.as_ref() == Some(&first)).then_some(first)
    };
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) if number.suffix().is_empty() => Some("i32".to_owned()),
            Lit::Float(number) if number.suffix().is_empty() => Some("f64".to_owned()),
            _ => None,
        },
        Expr::Paren(inner) => number(&inner.expr, known),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => number(&unary.expr, known),
        Expr::Binary(binary) if is_arithmetic(&binary.op) => all(vec![&binary.left, &binary.right]),
        Expr::Path(path) => known.get(&path.path.get_ident()?.to_string()).cloned(),
        Expr::Array(array) => {
            let element = all(array.elems.iter().collect())?;
            Some(format!("[{element}; {}]", array.elems.len()))
        }
        Expr::Macro(list) if list.mac.path.is_ident("vec") => {
            let elements = Punctuated::<Expr, Token![,]>::parse_terminated;
            let elements = elements.parse2(list.mac.tokens.clone()).ok()?;
            Some(format!("Vec<{}>", all(elements.iter().collect())?))
        }
        _ => None,
    }
}

fn is_arithmetic(operator: &BinOp) -> bool {
    use BinOp::*;
    matches!(operator, Add(_) | Sub(_) | Mul(_) | Div(_) | Rem(_))
}

/// Whether a statement asks nothing of the numbers that it names.
fn only_looks(statement: &Stmt, known: &HashMap<String, String>) -> bool {
    let looks = |mac: &syn::Macro| LOOKING.iter().any(|name| mac.path.is_ident(name));
    match statement {
        Stmt::Macro(statement) => looks(&statement.mac) && is_plain(&statement.mac.tokens),
        Stmt::Expr(Expr::Macro(expression), _) => looks(&expression.mac) && is_plain(&expression.mac.tokens),
        Stmt::Expr(expression, _) => number(expression, known).is_some(),
        _ => false,
    }
}

/// Whether the arguments are names and literals alone: a call could ask for a type.
fn is_plain(arguments: &TokenStream) -> bool {
    let arguments = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(arguments.clone());
    arguments.is_ok_and(|arguments| {
        arguments
            .iter()
            .all(|argument| matches!(argument, Expr::Path(_) | Expr::Lit(_)))
    })
}

fn words(tokens: TokenStream) -> HashSet<String> {
    let mut words = HashSet::new();
    token_words(tokens, &mut words);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nothing_else_decides_is_settled() {
        let rows: [(&str, &[(&str, &str)]); 12] = [
            (
                "let a = 3.0;\nlet b = -4.5;\na + b",
                &[("a", "f64"), ("b", "f64")],
            ),
            ("let n = 5; println!(\"{n} {}\", n);", &[("n", "i32")]),
            (
                "let (m, b) = (-2.0, 40); println!(\"{}\", f(m));",
                &[("b", "i32")],
            ),
            ("let b = 0.0; let z = x.matmul(&w) + b;", &[]),
            ("let a = 1.0; let b = a * 2.0; take(b);", &[]),
            ("let a = 1.0; let a = f();", &[]),
            ("let x = 2.0_f32; let y = 3u8; let z: f32 = 1.0;", &[]),
            (
                "let v = vec![1.0, 2.0]; let w = [1, 2];",
                &[("v", "Vec<f64>"), ("w", "[i32; 2]")],
            ),
            ("let v = [1, 2.0]; let e = vec![];", &[]),
            ("let mut sum = 0.0; for i in 0..3 { sum += i as f32; }", &[]),
            ("let Some(x) = y else { return };", &[]),
            ("let broken = ", &[]),
        ];
        for (code, expected) in rows {
            let found = settled(code);
            let found: Vec<(&str, &str)> = found
                .iter()
                .map(|(name, kind)| (name.as_str(), kind.as_str()))
                .collect();
            assert_eq!(found, expected, "{code}");
        }
    }
}
