# Puts the lessons into a student's home when their server starts. What is there already stays as the student left it.
# Docker Stacks' start.sh reads it, so it must neither end nor change the shell that reads it.
# shellcheck shell=bash
(
    from=/opt/hebb/share/hebb/notebooks
    to=$HOME/lessons
    cd "$from" || exit
    find . -type f | while IFS= read -r file; do
        if [ ! -e "$to/$file" ]; then
            mkdir -p "$to/$(dirname "$file")" && cp "$file" "$to/$file"
        fi
    done
) || echo "hebb: the lessons could not be copied into $HOME/lessons" >&2
