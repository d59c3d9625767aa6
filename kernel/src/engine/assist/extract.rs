//! Reads names, signatures and documentation from parsed Rust items.
//!
//! It sees what is written; what simple macros make is written out by `expand`.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, Fields, FnArg, Generics, Item, Signature, Visibility};

use super::attributes::{documentation, hidden};
use super::index::{Entry, EntryKind, Relation};

/// Gathers entries from items.
pub struct Extractor {
    /// Take private items too, as for what a student wrote.
    pub private_too: bool,
    /// What was found.
    pub entries: Vec<Entry>,
    /// Which type can do what another can.
    pub relations: Vec<Relation>,
}

impl Extractor {
    /// An extractor that has seen nothing yet.
    pub fn new(private_too: bool) -> Extractor {
        Extractor {
            private_too,
            entries: Vec::new(),
            relations: Vec::new(),
        }
    }

    /// Takes one item and all that belongs to it; gives the place of the item's own entry, if it has one.
    pub fn item(&mut self, item: &Item) -> Option<usize> {
        match item {
            Item::Fn(item) if self.wanted(&item.vis, &item.attrs) => {
                Some(self.function(EntryKind::Function, None, &item.sig, &item.attrs))
            }
            Item::Struct(item) if self.wanted(&item.vis, &item.attrs) => {
                let tail = match &item.fields {
                    Fields::Unnamed(fields)
                        if fields.unnamed.iter().all(|field| self.visible(&field.vis)) =>
                    {
                        tuple_fields(fields)
                    }
                    _ => String::new(),
                };
                let owner = Owner::declared(&item.ident, &item.generics);
                let place =
                    self.declaration(EntryKind::Struct, &item.ident, &item.generics, &tail, &item.attrs);
                self.entries[place].parameters.clone_from(&owner.parameters);
                self.entries[place].result = Some(owner.text.clone());
                self.derives(&owner, &item.attrs);
                self.fields(&owner, &item.fields);
                Some(place)
            }
            Item::Enum(item) if self.wanted(&item.vis, &item.attrs) => {
                let owner = Owner::declared(&item.ident, &item.generics);
                let place = self.declaration(EntryKind::Enum, &item.ident, &item.generics, "", &item.attrs);
                self.entries[place].result = Some(owner.text.clone());
                self.derives(&owner, &item.attrs);
                for variant in item.variants.iter().filter(|variant| !hidden(&variant.attrs)) {
                    let tail = match &variant.fields {
                        Fields::Unit => String::new(),
                        Fields::Unnamed(fields) => tuple_fields(fields),
                        Fields::Named(fields) => format!(" {}", text_of(fields.span())),
                    };
                    let variant_name = variant.ident.to_string();
                    let signature = format!("{}::{variant_name}{tail}", item.ident);
                    let at = self.add(&variant_name, EntryKind::Variant, signature, &variant.attrs);
                    self.belongs(at, &owner, owner.text.clone());
                }
                Some(place)
            }
            Item::Trait(item) if self.wanted(&item.vis, &item.attrs) => {
                let owner = Owner::of_trait(item);
                let place = self.declaration(EntryKind::Trait, &item.ident, &item.generics, "", &item.attrs);
                for part in &item.items {
                    match part {
                        syn::TraitItem::Fn(function) if !hidden(&function.attrs) => {
                            self.method(&owner, &function.sig, &function.attrs);
                        }
                        syn::TraitItem::Const(constant) if !hidden(&constant.attrs) => {
                            self.constant(Some(&owner), &constant.ident, &constant.ty, &constant.attrs);
                        }
                        _ => {}
                    }
                }
                for bound in &item.supertraits {
                    self.relate(&owner, text_of(bound.span()));
                }
                Some(place)
            }
            Item::Impl(item) => {
                self.implementation(item);
                None
            }
            Item::Type(item) if self.wanted(&item.vis, &item.attrs) => {
                let name = item.ident.to_string();
                let target = text_of(item.ty.span());
                let place = self.add(
                    &name,
                    EntryKind::Type,
                    format!("type {name} = {target}"),
                    &item.attrs,
                );
                self.entries[place].result = Some(target.clone());
                self.relate(&Owner::declared(&item.ident, &item.generics), target);
                Some(place)
            }
            Item::Const(item) if self.wanted(&item.vis, &item.attrs) => {
                Some(self.constant(None, &item.ident, &item.ty, &item.attrs))
            }
            Item::Static(item) if self.wanted(&item.vis, &item.attrs) => {
                Some(self.constant(None, &item.ident, &item.ty, &item.attrs))
            }
            Item::Macro(item) => {
                let exported = item
                    .attrs
                    .iter()
                    .any(|attribute| attribute.path().is_ident("macro_export"));
                let name = item
                    .ident
                    .as_ref()
                    .filter(|_| exported || self.private_too)?
                    .to_string();
                if hidden(&item.attrs) {
                    return None;
                }
                let place = self.add(&name, EntryKind::Macro, format!("macro {name}!"), &item.attrs);
                self.entries[place].result = macro_result(&text_of(item.mac.span()));
                Some(place)
            }
            _ => None,
        }
    }

    /// Adds the entry of a struct, enum or trait itself.
    fn declaration(
        &mut self,
        kind: EntryKind,
        name: &syn::Ident,
        generics: &Generics,
        tail: &str,
        attributes: &[Attribute],
    ) -> usize {
        let signature = format!("{} {name}{}{tail}", kind.word(), text_of(generics.span()));
        self.add(&name.to_string(), kind, signature, attributes)
    }

    /// Adds a module's own entry.
    pub fn module(&mut self, path: &str, documentation: String) -> usize {
        let name = path.rsplit("::").next().unwrap_or(path).to_string();
        self.entries.push(Entry {
            name,
            kind: EntryKind::Module,
            owner: None,
            parameters: Vec::new(),
            signature: format!("mod {path}"),
            result: None,
            documentation,
        });
        self.entries.len() - 1
    }

    fn implementation(&mut self, item: &syn::ItemImpl) {
        if hidden(&item.attrs) {
            return;
        }
        let owner = Owner {
            text: text_of(item.self_ty.span()),
            parameters: parameters(&item.generics),
        };
        let Some((path, _)) = &item.trait_ else {
            for part in &item.items {
                match part {
                    syn::ImplItem::Fn(function) if self.wanted(&function.vis, &function.attrs) => {
                        self.method(&owner, &function.sig, &function.attrs);
                    }
                    syn::ImplItem::Const(constant) if self.wanted(&constant.vis, &constant.attrs) => {
                        self.constant(Some(&owner), &constant.ident, &constant.ty, &constant.attrs);
                    }
                    _ => {}
                }
            }
            return;
        };
        let name = path
            .segments
            .last()
            .map(|segment| segment.ident.to_string())
            .unwrap_or_default();
        let associated: Vec<String> = item
            .items
            .iter()
            .filter_map(|part| match part {
                syn::ImplItem::Type(part) => Some(text_of(part.ty.span())),
                _ => None,
            })
            .collect();
        let written = text_of(path.span());
        let to = match associated.first() {
            Some(target) if name == "Deref" => target.clone(),
            Some(_) if !written.ends_with('>') => format!("{name}<{}>", associated.join(", ")),
            // An array is a slice wherever one is asked for.
            None if name == "Unsize" => written
                .trim_start_matches("Unsize<")
                .trim_end_matches('>')
                .to_string(),
            _ => written,
        };
        self.relate(&owner, to);
    }

    fn method(&mut self, owner: &Owner, signature: &Signature, attributes: &[Attribute]) {
        let kind = match signature.inputs.first() {
            Some(FnArg::Receiver(_)) => EntryKind::Method,
            _ => EntryKind::Function,
        };
        self.function(kind, Some(owner), signature, attributes);
    }

    fn function(
        &mut self,
        kind: EntryKind,
        owner: Option<&Owner>,
        signature: &Signature,
        attributes: &[Attribute],
    ) -> usize {
        let place = self.add(
            &signature.ident.to_string(),
            kind,
            signature_text(signature),
            attributes,
        );
        let entry = &mut self.entries[place];
        if let Some(owner) = owner {
            entry.owner = Some(owner.text.clone());
            entry.parameters.clone_from(&owner.parameters);
        }
        entry.parameters.extend(parameters(&signature.generics));
        entry.result = match &signature.output {
            syn::ReturnType::Default => Some("()".to_string()),
            syn::ReturnType::Type(_, result) => Some(text_of(result.span())),
        };
        place
    }

    fn constant(
        &mut self,
        owner: Option<&Owner>,
        name: &syn::Ident,
        of: &syn::Type,
        attributes: &[Attribute],
    ) -> usize {
        let of = text_of(of.span());
        let place = self.add(
            &name.to_string(),
            EntryKind::Constant,
            format!("const {name}: {of}"),
            attributes,
        );
        if let Some(owner) = owner {
            self.belongs(place, owner, of);
        } else {
            self.entries[place].result = Some(of);
        }
        place
    }

    fn fields(&mut self, owner: &Owner, fields: &Fields) {
        for (position, field) in fields.iter().enumerate() {
            if !self.wanted(&field.vis, &field.attrs) {
                continue;
            }
            let name = field
                .ident
                .as_ref()
                .map_or_else(|| position.to_string(), ToString::to_string);
            let of = text_of(field.ty.span());
            let place = self.add(&name, EntryKind::Field, format!("{name}: {of}"), &field.attrs);
            self.belongs(place, owner, of);
        }
    }

    fn derives(&mut self, owner: &Owner, attributes: &[Attribute]) {
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("derive"))
        {
            // A derive that cannot be read names no trait.
            let _ = attribute.parse_nested_meta(|meta| {
                self.relate(owner, text_of(meta.path.span()));
                Ok(())
            });
        }
    }

    fn relate(&mut self, from: &Owner, to: String) {
        self.relations.push(Relation {
            from: from.text.clone(),
            parameters: from.parameters.clone(),
            to,
        });
    }

    fn belongs(&mut self, place: usize, owner: &Owner, result: String) {
        let entry = &mut self.entries[place];
        entry.owner = Some(owner.text.clone());
        entry.parameters.clone_from(&owner.parameters);
        entry.result = Some(result);
    }

    fn add(&mut self, name: &str, kind: EntryKind, signature: String, attributes: &[Attribute]) -> usize {
        self.entries.push(Entry {
            name: name.to_string(),
            kind,
            owner: None,
            parameters: Vec::new(),
            signature,
            result: None,
            documentation: documentation(attributes),
        });
        self.entries.len() - 1
    }

    fn wanted(&self, visibility: &Visibility, attributes: &[Attribute]) -> bool {
        self.visible(visibility) && !hidden(attributes)
    }

    fn visible(&self, visibility: &Visibility) -> bool {
        self.private_too || matches!(visibility, Visibility::Public(_))
    }
}

/// A macro declares no result; one whose text makes a value with `$crate::Name::function(..)` gives a `Name`.
fn macro_result(text: &str) -> Option<String> {
    let all = super::tokens::significant(text);
    let at = all
        .windows(2)
        .position(|pair| pair[0].text == "$" && pair[1].text == "crate")?;
    let words = all[at + 2..]
        .iter()
        .take_while(|token| token.text == "::" || token.kind == super::tokens::Kind::Word);
    let name = words
        .map(|token| token.text)
        .find(|word| word.starts_with(char::is_uppercase))?;
    Some(name.to_string())
}

fn parameters(generics: &Generics) -> Vec<String> {
    let types = generics.type_params().map(|parameter| &parameter.ident);
    let constants = generics.const_params().map(|parameter| &parameter.ident);
    types.chain(constants).map(ToString::to_string).collect()
}

/// What members belong to: a type or trait as written, `Vec<T>`, and the names in it that stand for any type.
struct Owner {
    text: String,
    parameters: Vec<String>,
}

impl Owner {
    /// The owner that a declaration introduces.
    fn declared(name: &syn::Ident, generics: &Generics) -> Owner {
        Owner::with(name, parameters(generics))
    }

    /// A trait; what its implementations choose counts as parameters, so that `Iterator` is `Iterator<Item>`.
    fn of_trait(item: &syn::ItemTrait) -> Owner {
        let mut all = parameters(&item.generics);
        all.extend(item.items.iter().filter_map(|part| match part {
            syn::TraitItem::Type(part) => Some(part.ident.to_string()),
            _ => None,
        }));
        Owner::with(&item.ident, all)
    }

    fn with(name: &syn::Ident, parameters: Vec<String>) -> Owner {
        let text = if parameters.is_empty() {
            name.to_string()
        } else {
            format!("{name}<{}>", parameters.join(", "))
        };
        Owner { text, parameters }
    }
}

fn tuple_fields(fields: &syn::FieldsUnnamed) -> String {
    let types: Vec<String> = fields
        .unnamed
        .iter()
        .map(|field| text_of(field.ty.span()))
        .collect();
    format!("({})", types.join(", "))
}

/// A signature as callers see it: that a function changes its own copy, `mut x: f32`, is none of their business.
fn signature_text(signature: &Signature) -> String {
    let text = text_of(signature.span());
    let all = super::tokens::tokens(&text);
    let mut written = String::new();
    let mut end = 0;
    for pair in all.windows(2) {
        if pair[1].text == "mut" && matches!(pair[0].text, "(" | ",") {
            written.push_str(&text[end..pair[1].start]);
            end = pair[1].end() + 1;
        }
    }
    written.push_str(&text[end..]);
    written
}

/// The source behind a span, on one line.
fn text_of(span: Span) -> String {
    let text = span.source_text().unwrap_or_default();
    // Comments inside a signature would swallow what follows on the one line.
    let mut pieces = String::new();
    let mut end = 0;
    for token in super::tokens::significant(&text) {
        let gap = &text[end..token.start];
        if !gap.is_empty()
            && !pieces.ends_with(['(', '[', '<'])
            && !matches!(token.text, ")" | "]" | ">" | ",")
        {
            pieces.push(' ');
        }
        if matches!(token.text, ")" | "]" | ">") && pieces.ends_with(',') {
            pieces.pop();
        }
        pieces.push_str(token.text);
        end = token.end();
    }
    pieces
}
