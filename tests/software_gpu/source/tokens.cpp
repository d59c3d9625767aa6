// Splits text into tokens. Line markers of the preprocessor (`# 12 "file"`) count as space.
#include "tokens.h"

#include <cctype>
#include <cstddef>

namespace software_gpu {
namespace {

bool in_word(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; }

}  // namespace

std::vector<Token> tokens_of(const std::string& source) {
    std::vector<Token> tokens;
    std::size_t at = 0;
    bool line_start = true;
    while (at < source.size()) {
        const std::size_t start = at;
        const char letter = source[at];
        Token::Kind kind = Token::Kind::sign;
        if (line_start && letter == '#') {
            while (at < source.size() && source[at] != '\n') at++;
            kind = Token::Kind::space;
        } else if (std::isspace(static_cast<unsigned char>(letter)) != 0) {
            while (at < source.size() && std::isspace(static_cast<unsigned char>(source[at])) != 0) {
                line_start = source[at++] == '\n';
            }
            tokens.push_back({Token::Kind::space, source.substr(start, at - start)});
            continue;
        } else if (letter == '"' || letter == '\'') {
            at++;
            while (at < source.size() && source[at] != letter) at += source[at] == '\\' ? 2 : 1;
            at++;
            kind = Token::Kind::text;
        } else if (std::isdigit(static_cast<unsigned char>(letter)) != 0) {
            while (at < source.size() && (in_word(source[at]) || source[at] == '.' || source[at] == '\'')) at++;
            kind = Token::Kind::number;
        } else if (in_word(letter)) {
            while (at < source.size() && in_word(source[at])) at++;
            kind = Token::Kind::word;
        } else {
            at++;
        }
        line_start = false;
        tokens.push_back({kind, source.substr(start, at - start)});
    }
    return tokens;
}

}  // namespace software_gpu
