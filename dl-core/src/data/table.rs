//! A table of named columns, as a CSV file holds one: looking at it, and taking samples out of it. Reading the file is in
//! [`super::csv_file`].

use super::Dataset;
use crate::error::{Error, Result};
use crate::tensor::Tensor;
use std::fmt;

/// Named columns of equal length. A column holds numbers, or categories: texts that became the numbers 0, 1, 2, ... in
/// alphabetical order, as in pandas and scikit-learn.
///
/// ```
/// use dl_core::prelude::*;
/// let table = Csv::new().parse("length,width,kind\n1.5,2,cat\n3,4,dog\n2.5,3,cat\n")?;
/// assert_eq!(table.names(), ["length", "width", "kind"]);
/// assert_eq!(table.column("kind")?, tensor![0., 1., 0.]);
/// assert_eq!(table.categories("kind")?, ["cat", "dog"]);
/// let data = table.dataset(["length", "width"], "kind")?;
/// assert_eq!((data.x.shape(), data.classes), (&[3, 2][..], vec!["cat".to_string(), "dog".to_string()]));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: usize,
}

/// One column: its numbers, and the texts that they stand for where it holds categories.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) values: Vec<f32>,
    /// The text of each number, in order; empty where the column holds numbers.
    pub(crate) categories: Vec<String>,
}

impl Column {
    /// What stood in the file, in words.
    pub(crate) fn text(&self, row: usize) -> String {
        let value = self.values[row];
        match self.categories.get(value as usize) {
            Some(category) => category.clone(),
            None => value.to_string(),
        }
    }
}

impl Table {
    /// The names of the columns, from left to right.
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.name.as_str()).collect()
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The numbers of a column, `[rows]`.
    ///
    /// # Errors
    /// When there is no column of this name.
    pub fn column(&self, name: &str) -> Result<Tensor> {
        let column = self.find(name)?;
        Ok(Tensor::from_vec(column.values.clone(), [self.rows]))
    }

    /// The texts of a column of categories, in the order of their numbers; none for a column of numbers.
    ///
    /// # Errors
    /// When there is no column of this name.
    pub fn categories(&self, name: &str) -> Result<&[String]> {
        Ok(&self.find(name)?.categories)
    }

    /// Some columns beside each other, `[rows, columns]`.
    ///
    /// # Errors
    /// When there is no column of one of the names.
    pub fn columns<S: AsRef<str>>(&self, names: impl IntoIterator<Item = S>) -> Result<Tensor> {
        let names: Vec<S> = names.into_iter().collect();
        self.beside(&names.iter().map(AsRef::as_ref).collect::<Vec<_>>())
    }

    /// Samples: `x: [rows, columns]` from the columns `features`, `y: [rows]` from the column `target`. The categories of
    /// the target are the classes.
    ///
    /// # Errors
    /// When there is no column of one of the names.
    pub fn dataset<S: AsRef<str>>(
        &self,
        features: impl IntoIterator<Item = S>,
        target: &str,
    ) -> Result<Dataset> {
        let names: Vec<S> = features.into_iter().collect();
        self.samples(&names.iter().map(AsRef::as_ref).collect::<Vec<_>>(), target)
    }

    pub(crate) fn all(&self) -> &[Column] {
        &self.columns
    }

    fn samples(&self, features: &[&str], target: &str) -> Result<Dataset> {
        let data = Dataset::new(self.beside(features)?, self.column(target)?);
        Ok(data
            .with_features(features.iter().copied())
            .with_classes(self.categories(target)?.iter().cloned()))
    }

    fn beside(&self, names: &[&str]) -> Result<Tensor> {
        let columns: Vec<&Column> = names.iter().map(|name| self.find(name)).collect::<Result<_>>()?;
        let mut values = Vec::with_capacity(self.rows * columns.len());
        for row in 0..self.rows {
            values.extend(columns.iter().map(|column| column.values[row]));
        }
        Ok(Tensor::from_vec(values, [self.rows, columns.len()]))
    }

    fn find(&self, name: &str) -> Result<&Column> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.ok_or_else(|| {
            let names: Vec<String> = self
                .columns
                .iter()
                .map(|column| format!("{:?}", column.name))
                .collect();
            Error::new(
                format!("the table has no column {name:?}"),
                format!("its columns are {}", names.join(", ")),
            )
        })
    }
}

/// The size only: see the table itself with `display`.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table {{ rows: {}, columns: {:?} }}", self.rows, self.names())
    }
}
