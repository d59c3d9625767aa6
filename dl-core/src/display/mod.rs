//! How values are shown: bundles of text, pictures and HTML, handed to a host.
