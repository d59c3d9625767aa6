//! What a session knows between cells, as a picture that others may look at while a cell runs.
//!
//! The engine replaces the picture after each cell; it is never changed in place, so a reader holds one that fits together.
//! It is no way to change a session.

use std::sync::{Arc, PoisonError, RwLock};

use super::Variable;

/// The variables, items and `use`s that the next cell will see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionView {
    /// The living variables, by name.
    pub variables: Vec<Variable>,
    /// The source of each remembered item, in order of definition.
    pub items: Vec<String>,
    /// The source of each remembered `use` declaration, in order.
    pub uses: Vec<String>,
}

/// The place where the latest [`SessionView`] is found. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct SharedView(Arc<RwLock<Arc<SessionView>>>);

impl SharedView {
    /// The latest picture.
    pub fn get(&self) -> Arc<SessionView> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the picture.
    pub fn set(&self, view: SessionView) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view);
    }
}
