//! `.await` among the statements of a cell. A cell is no `async fn`, so each is written as a call that runs the future to its end:
//! in the runtime of `tokio` where the session has that crate, else alone.

use std::ops::Range;

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprAsync, ExprAwait, ExprClosure, Item, Macro, Stmt, Token};

use super::made::PLAIN;

/// The crate whose runtime futures are run in.
pub const RUNTIME: &str = "tokio";
/// What is called where the runtime is used.
const IN_RUNTIME: &str = "__hebb_wait";
/// What gets the runtime.
const HANDLE: &str = "__hebb_runtime";

/// An `.await` that stands in nothing that is `async` itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What is waited for.
    pub future: Range<usize>,
    /// From the dot to the end of the word.
    pub word: Range<usize>,
}

/// The waits of these statements. Items, closures and `async` blocks have their own rules.
pub fn of(statements: &[Stmt]) -> Vec<Wait> {
    let mut found = Found(Vec::new());
    statements
        .iter()
        .for_each(|statement| found.visit_stmt(statement));
    found.0
}

struct Found(Vec<Wait>);

impl<'ast> Visit<'ast> for Found {
    fn visit_expr_await(&mut self, wait: &'ast ExprAwait) {
        let future = wait.base.span().byte_range();
        let word = wait.dot_token.span.byte_range().start..wait.await_token.span.byte_range().end;
        self.0.push(Wait { future, word });
        visit::visit_expr_await(self, wait);
    }

    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}

    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    fn visit_item(&mut self, _: &'ast Item) {}

    /// The macros of the language take expressions. What others make of their words is not known.
    fn visit_macro(&mut self, call: &'ast Macro) {
        let name = call.path.get_ident().map(ToString::to_string);
        if name.is_some_and(|name| PLAIN.contains(&name.as_str())) {
            self.arguments(call.tokens.clone());
        }
    }
}

impl Found {
    fn arguments(&mut self, tokens: TokenStream) {
        let list = Punctuated::<Expr, Token![,]>::parse_terminated;
        for argument in list.parse2(tokens).into_iter().flatten() {
            self.visit_expr(&argument);
        }
    }
}

/// New text for some bytes of a cell, with the place that it stands for.
pub type Edit = (Range<usize>, Option<Range<usize>>, String);

/// What makes the waits in this part of a cell calls of `function`, in order.
pub fn edits(waits: &[Wait], part: &Range<usize>, function: &str) -> Vec<Edit> {
    let open = format!("{function}(");
    let inside = |wait: &&Wait| part.start <= wait.future.start && wait.word.end <= part.end;
    let both = waits.iter().filter(inside).flat_map(|wait| {
        let start = wait.future.start;
        [
            (start..start, Some(wait.word.clone()), open.clone()),
            (wait.word.clone(), Some(wait.word.clone()), ")".to_owned()),
        ]
    });
    let mut edits: Vec<Edit> = both.collect();
    edits.sort_by_key(|(bytes, ..)| bytes.start);
    edits
}

/// The function to call: the one that [`helper`] defines, or that of `library`.
pub fn function(in_runtime: bool, library: &str) -> String {
    match in_runtime {
        true => IN_RUNTIME.to_owned(),
        false => format!("{library}::wait"),
    }
}

/// The functions that get the session's runtime and wait in it. `library` has `wait_in`.
pub fn helper(library: &str) -> String {
    let new = format!("::{RUNTIME}::runtime::Runtime::new");
    let runtime = format!("runtime: &mut ::{RUNTIME}::runtime::Runtime");
    format!(
        "fn {HANDLE}() -> ::{RUNTIME}::runtime::Handle {{ {library}::wait_in({new}, |{runtime}| runtime.handle().clone()) }}\n\
         fn {IN_RUNTIME}<F: ::std::future::IntoFuture>(future: F) -> F::Output {{ \
         {library}::wait_in({new}, |{runtime}| runtime.block_on(::std::future::IntoFuture::into_future(future))) }}"
    )
}

/// Lines behind which `tokio::spawn` and its like find that runtime.
pub fn inside() -> String {
    format!("let {HANDLE} = {HANDLE}(); let __hebb_inside = {HANDLE}.enter();")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(code: &str) -> String {
        let statements = syn::Block::parse_within.parse_str(code).unwrap();
        let waits = of(&statements);
        let whole = 0..code.len();
        let (mut text, mut from) = (String::new(), 0);
        for (bytes, _, new) in edits(&waits, &whole, "wait") {
            text += &code[from..bytes.start];
            text += &new;
            from = bytes.end;
        }
        text + &code[from..]
    }

    #[test]
    fn waits_become_calls() {
        let rows = [
            ("one().await", "wait(one())"),
            (
                "let x = a.b(1).await?.c().await;",
                "let x = wait(wait(a.b(1))?.c());",
            ),
            ("f(g().await, h(i.await).await)", "f(wait(g()), wait(h(wait(i))))"),
            ("&x.await + -y.await", "&wait(x) + -wait(y)"),
            (
                "client\n    .get() // the page\n    .await?;",
                "wait(client\n    .get() // the page\n    )?;",
            ),
            (
                "for x in 0..2 { sleep(x).await; }",
                "for x in 0..2 { wait(sleep(x)); }",
            ),
            (
                "println!(\"{} {x}\", f().await, x = g().await);",
                "println!(\"{} {x}\", wait(f()), x = wait(g()));",
            ),
            ("async { 1 }.await", "wait(async { 1 })"),
            ("let f = async { g().await };", "let f = async { g().await };"),
            (
                "let f = async |x: u8| g(x).await;",
                "let f = async |x: u8| g(x).await;",
            ),
            ("{ async fn f() { g().await } }", "{ async fn f() { g().await } }"),
            ("tokio::join!(f().await)", "tokio::join!(f().await)"),
            ("größe().await", "wait(größe())"),
        ];
        for (code, expected) in rows {
            assert_eq!(rewritten(code), expected);
        }
    }
}
