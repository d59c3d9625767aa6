//! Has the compiler check the declarations of `standard/` against the real standard library.
//!
//! From each declared method one is made that has the same signature and calls the real one; it compiles only if the real one
//! exists and takes and gives what the declaration says. Bounds, implemented traits, fields, variants and constants are checked in
//! the same way.

use std::process::Command;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{FnArg, GenericParam, Generics, Ident, Item, Pat, Signature, Token, Visibility};

use super::FILES;
use crate::engine::assist::index::{EntryKind, Index};

/// Traits of the table that only gather what several number types have in common.
const GATHERED: [&str; 4] = ["Float", "Integer", "Signed", "Unsigned"];

/// What the declarations name without a path. What a module itself holds is in scope there too.
const NAMES: &str = "
pub use std::any::Any; pub use std::borrow::Cow; pub use std::cmp::Ordering; pub use std::error::Error; pub use std::ffi::OsStr;
pub use std::fmt::{Debug, Display, Formatter}; pub use std::hash::Hash; pub use std::iter::{Peekable, Product, Step, Sum};
pub use std::marker::Unsize; pub use std::num::{NonZero, ParseIntError}; pub use std::ops::{Deref, Not, Range, RangeBounds, Try};
pub use std::path::{Path, PathBuf}; pub use std::str::{FromStr, pattern::Pattern}; pub use std::time::Duration;
pub use std::rc::Rc; pub use std::io::{Read, Write}; pub use std::string::ToString;
";

/// A program that compiles if all declarations are true.
struct Check {
    checks: Vec<TokenStream>,
}

impl Check {
    fn name(&self) -> Ident {
        format_ident!("check_{}", self.checks.len())
    }

    fn module(&mut self, path: &[Ident], items: &[Item], public: bool) {
        let mut inner = Check { checks: Vec::new() };
        for item in items {
            inner.item(path, item, public, items);
        }
        let checks = inner.checks;
        let name = self.name();
        let module = path.last().map(ToString::to_string).unwrap_or_default();
        let own = (public && !path.is_empty()).then(|| quote! { use std::#(#path)::*::*; });
        // Modules whose own names hide the ones that the declarations mean.
        let nearer = match module.as_str() {
            "io" | "fmt" => quote! { use std::result::Result; use std::#(#path)::*::Error; },
            "fs" | "thread" | "env" => quote! { use std::io::Error; use std::result::Result; },
            _ => quote! {},
        };
        self.checks
            .push(quote! { mod #name { use crate::names::*; #own #nearer #(#checks)* } });
    }

    fn item(&mut self, path: &[Ident], item: &Item, public: bool, around: &[Item]) {
        let name = self.name();
        match item {
            Item::Mod(inner) => {
                let path: Vec<Ident> = path.iter().chain([&inner.ident]).cloned().collect();
                let public = public && matches!(inner.vis, Visibility::Public(_));
                let items = inner.content.as_ref().expect("modules stand in the text");
                self.module(&path, &items.1, public);
            }
            Item::Use(import) => {
                let tree = &import.tree;
                self.checks
                    .push(quote! { mod #name { #[allow(unused_imports)] use #tree; } });
            }
            Item::Fn(item) => {
                let real = &item.sig.ident;
                self.call(
                    &Generics::default(),
                    &item.sig,
                    None,
                    &quote! { std::#(#path)::*::#real },
                );
            }
            Item::Macro(item) => {
                let real = item.ident.as_ref().expect("a macro has a name");
                self.checks.push(quote! { pub use std::#real as #name; });
            }
            Item::Const(item) => {
                let (real, of) = (&item.ident, &item.ty);
                self.checks
                    .push(quote! { const _: #of = std::#(#path)::*::#real; });
            }
            Item::Struct(item) => {
                let (own, generics, real) = (&item.ident, &item.generics, quote! { std::#(#path)::* });
                let arguments = arguments(generics);
                let (lifetimes, parameters) = (generics.lifetimes(), generics.type_params());
                self.checks.push(
                    quote! { fn #name<#(#lifetimes,)* #(#parameters,)*>(_: &#real::#own<#arguments>) {} },
                );
                for (position, field) in item.fields.iter().enumerate() {
                    let name = self.name();
                    let of = &field.ty;
                    let position = syn::Index::from(position);
                    let field = field
                        .ident
                        .as_ref()
                        .map_or(quote! { #position }, ToTokens::to_token_stream);
                    self.checks.push(
                        quote! { fn #name #generics (x: &#real::#own<#arguments>) -> &#of { &x.#field } },
                    );
                }
            }
            Item::Enum(item) => {
                let (own, generics) = (&item.ident, &item.generics);
                let arguments = arguments(generics);
                self.checks
                    .push(quote! { fn #name #generics (_: &std::#(#path)::*::#own<#arguments>) {} });
                for variant in &item.variants {
                    let name = self.name();
                    let real = &variant.ident;
                    let of = variant.fields.iter().map(|field| &field.ty);
                    let (takes, gives): (Vec<_>, Vec<_>) = of
                        .enumerate()
                        .map(|(at, of)| (format_ident!("a{at}"), of))
                        .map(|(given, of)| (quote! { #given: #of }, given))
                        .unzip();
                    let gives = (!gives.is_empty()).then(|| quote! { (#(#gives),*) });
                    self.checks.push(quote! {
                        fn #name #generics (#(#takes),*) -> std::#(#path)::*::#own<#arguments> { std::#(#path)::*::#own::#real #gives }
                    });
                }
            }
            Item::Type(item) => {
                let (own, generics, target) = (&item.ident, &item.generics, &item.ty);
                let arguments = arguments(generics);
                self.checks.push(
                    quote! { fn #name #generics (x: std::#(#path)::*::#own<#arguments>) -> #target { x } },
                );
            }
            Item::Trait(item) if public => self.real_trait(path, item),
            Item::Trait(_) => {}
            Item::Impl(item) => self.implementation(item, around),
            other => panic!("not checked: {}", other.to_token_stream()),
        }
    }

    /// A trait: what it asks of its types, and the methods that it gives them.
    fn real_trait(&mut self, path: &[Ident], item: &syn::ItemTrait) {
        let (own, generics) = (&item.ident, &item.generics);
        let parameters = &generics.params;
        let name = self.name();
        if matches!(own.to_string().as_str(), "Fn" | "FnMut" | "FnOnce") {
            self.checks
                .push(quote! { pub use std::#(#path)::*::#own as #name; });
            return;
        }
        let arguments = arguments(generics);
        let real = quote! { std::#(#path)::*::#own<#arguments> };
        if !item.supertraits.is_empty() {
            let above: Vec<TokenStream> = item
                .supertraits
                .iter()
                .map(|above| {
                    above
                        .to_token_stream()
                        .to_string()
                        .replace("Self :: Item", "X :: Item")
                })
                .map(|above| above.parse().expect("a bound"))
                .collect();
            self.checks
                .push(quote! { fn #name<X: #real, #parameters>(x: &mut X) -> &mut (impl #(#above)+*) { x } });
        }
        for part in &item.items {
            match part {
                syn::TraitItem::Fn(function) => {
                    let name = self.name();
                    let real_name = &function.sig.ident;
                    let (signature, call) = renamed(&function.sig, &quote! { <Self as #real>::#real_name });
                    self.checks
                        .push(quote! { trait #name #generics: #real + Sized { #signature { #call } } });
                }
                syn::TraitItem::Type(associated) => {
                    let (name, associated) = (self.name(), &associated.ident);
                    self.checks
                        .push(quote! { fn #name<X: #real, #parameters>(_: &<X as #real>::#associated) {} });
                }
                other => panic!("not checked: {}", other.to_token_stream()),
            }
        }
    }

    fn implementation(&mut self, item: &syn::ItemImpl, around: &[Item]) {
        let (generics, of) = (&item.generics, &item.self_ty);
        let Some((path, _)) = &item.trait_ else {
            for part in &item.items {
                match part {
                    syn::ImplItem::Fn(function) => {
                        let real = &function.sig.ident;
                        self.call(generics, &function.sig, Some(of), &quote! { <#of>::#real });
                    }
                    syn::ImplItem::Const(constant) => {
                        let (real, value) = (&constant.ident, &constant.ty);
                        self.checks.push(quote! { const _: #value = <#of>::#real; });
                    }
                    other => panic!("not checked: {}", other.to_token_stream()),
                }
            }
            return;
        };
        if GATHERED.iter().any(|name| path.is_ident(name)) {
            return self.gathered(path, of, around);
        }
        let name = self.name();
        let mut bound = path.to_token_stream();
        if let Some(syn::ImplItem::Type(associated)) = item.items.first() {
            let (associated, value) = (&associated.ident, &associated.ty);
            bound = quote! { #path<#associated = #value> };
        }
        let parameters = &generics.params;
        self.checks.push(
            quote! { fn #name<'x, #parameters>(x: &'x mut #of) -> &'x mut (impl #bound + ?Sized) { x } },
        );
    }

    /// The list of a gathering trait, checked for one type that has it.
    fn gathered(&mut self, path: &syn::Path, of: &syn::Type, around: &[Item]) {
        let list = around.iter().find_map(|item| match item {
            Item::Trait(item) if path.is_ident(&item.ident) => Some(item),
            _ => None,
        });
        for part in &list.expect("the list stands beside").items {
            match part {
                syn::TraitItem::Fn(function) => {
                    let real = &function.sig.ident;
                    self.call(
                        &Generics::default(),
                        &function.sig,
                        Some(of),
                        &quote! { <#of>::#real },
                    );
                }
                syn::TraitItem::Const(constant) => {
                    let real = &constant.ident;
                    let value = if constant.ty.to_token_stream().to_string() == "Self" {
                        of.to_token_stream()
                    } else {
                        constant.ty.to_token_stream()
                    };
                    self.checks.push(quote! { const _: #value = <#of>::#real; });
                }
                other => panic!("not checked: {}", other.to_token_stream()),
            }
        }
    }

    /// A function with this signature that calls the real one, on this type if there is one.
    fn call(
        &mut self,
        generics: &Generics,
        signature: &Signature,
        of: Option<&syn::Type>,
        real: &TokenStream,
    ) {
        let name = self.name();
        let (signature, call) = renamed(signature, real);
        let Some(of) = of else {
            self.checks
                .push(quote! { mod #name { use super::*; #signature { #call } } });
            return;
        };
        let (generics, arguments) = (lasting(generics), arguments(generics));
        let parameters = &generics.params;
        let is_sized = match of {
            syn::Type::Slice(_) => false,
            of => !matches!(of.to_token_stream().to_string().as_str(), "str" | "Path"),
        };
        let bound = is_sized.then(|| quote! { Sized });
        self.checks.push(quote! {
            trait #name<#parameters>: #bound { #signature; }
            impl<#parameters> #name<#arguments> for #of { #signature { #call } }
        });
    }
}

/// The signature under a name that hides no other, and the call of the real function.
fn renamed(signature: &Signature, real: &TokenStream) -> (Signature, TokenStream) {
    let mut renamed = signature.clone();
    renamed.ident = format_ident!("checked");
    renamed.generics = lasting(&signature.generics);
    let given = signature.inputs.iter().map(|input| match input {
        FnArg::Receiver(_) => quote! { self },
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(name) => name.ident.to_token_stream(),
            other => panic!("a plain name instead of {}", other.to_token_stream()),
        },
    });
    // Without arguments there is nothing to tell the parameters from.
    let chosen = signature.inputs.is_empty().then(|| {
        let names: Vec<&Ident> = signature
            .generics
            .type_params()
            .map(|parameter| &parameter.ident)
            .collect();
        (!names.is_empty()).then(|| quote! { ::<#(#names),*> })
    });
    let chosen = chosen.flatten();
    (renamed, quote! { #real #chosen (#(#given),*) })
}

/// The same parameters, for types that borrow nothing: how long a type lasts is seen in the real signature's types, and the
/// declarations leave these out.
fn lasting(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(syn::parse_quote! { 'static });
    }
    generics
}

/// The parameters as arguments: `'a, T, N` for `<'a, T: Clone, const N: usize>`.
fn arguments(generics: &Generics) -> Punctuated<TokenStream, Token![,]> {
    let name = |parameter: &GenericParam| match parameter {
        GenericParam::Lifetime(parameter) => parameter.lifetime.to_token_stream(),
        GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
        GenericParam::Const(parameter) => parameter.ident.to_token_stream(),
    };
    generics.params.iter().map(name).collect()
}

/// What the compiler says against the declarations of these files.
fn complaints(files: &[(&str, &str)]) -> Vec<String> {
    let mut check = Check { checks: Vec::new() };
    for (name, text) in files {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        check.module(&[], &file.items, true);
    }
    let checks = check.checks;
    let names: TokenStream = NAMES.parse().expect("Rust");
    // `Pattern`, `Step`, `Try` and `Unsize` have stable uses but no stable names.
    let program = quote! {
        #![feature(pattern, step_trait, try_trait_v2, unsize)]
        #![allow(unused, private_bounds, private_interfaces, non_camel_case_types, noop_method_call)]
        mod names { #names }
        #(#checks)*
    };
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("check.rs");
    let mut text = program.to_string();
    for begins in ["mod", "trait", "fn"] {
        text = text.replace(&format!(" {begins} check_"), &format!("\n{begins} check_"));
    }
    std::fs::write(&source, &text).expect("a file");
    let output = Command::new("rustc")
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--cap-lints",
            "allow",
            "--error-format=short",
        ])
        .arg("--out-dir")
        .arg(folder.path())
        .arg(&source)
        .env("RUSTC_BOOTSTRAP", "1")
        .output()
        .expect("rustc starts");
    let lines: Vec<&str> = text.lines().collect();
    let explained = |said: &str| {
        let line = said.split(':').nth(1)?.parse::<usize>().ok()?;
        Some(format!("{said}\n    {}", lines.get(line - 1)?))
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said
        .lines()
        .map(|line| explained(line).unwrap_or_else(|| line.to_string()));
    if output.status.success() {
        Vec::new()
    } else {
        said.collect()
    }
}

#[test]
fn every_declaration_is_true() {
    let found = complaints(&FILES);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_false_declaration_is_found() {
    let rows = [
        (
            "impl<T> Vec<T> { pub fn shove(&mut self, value: T) {} }",
            "no function or associated item named `shove`",
        ),
        (
            "impl<T> Vec<T> { pub fn push(&mut self, value: usize) {} }",
            "mismatched types",
        ),
        (
            "impl<T> Vec<T> { pub fn pop(&mut self) -> T {} }",
            "mismatched types",
        ),
        (
            "impl<T> [T] { pub fn sort(&mut self) {} }",
            "the trait bound `T: Ord` is not satisfied",
        ),
        (
            "impl<T> Clone for Vec<T> {}",
            "the trait bound `T: Clone` is not satisfied",
        ),
        (
            "pub mod mem { pub fn change<T>(x: T) -> T {} }",
            "cannot find function `change`",
        ),
    ];
    for (text, expected) in rows {
        let found = complaints(&[("false.rs", text)]).join("\n");
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn every_declaration_says_what_it_is_for() {
    let bare: Vec<&str> = Index::standard()
        .entries
        .iter()
        .filter(|entry| entry.documentation.is_empty() && entry.kind != EntryKind::Module)
        .map(|entry| entry.signature.as_str())
        .collect();
    assert_eq!(bare, Vec::<&str>::new());
}
