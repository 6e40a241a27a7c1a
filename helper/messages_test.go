package helper

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestMessages holds all that the program can say in one file, so that a changed word is seen as
// text: go test ./helper -run TestMessages -update
func TestMessages(t *testing.T) {
	const golden = "testdata/messages.txt"
	want := texts(t)
	if *update {
		if err := os.WriteFile(golden, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if readDocument(t, golden) != want {
		t.Error("messages changed: go test ./helper -run TestMessages -update, and read the difference")
	}
}

// texts are the strings of several words in the program's code, by file.
func texts(t *testing.T) string {
	var out strings.Builder
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "bitbuckettest" || entry.Name() == "storetest" || entry.Name() == "proof" ||
			len(entry.Name()) > 2 && entry.Name()[0] == '.'):
			return filepath.SkipDir
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		if found := textsOf(file); len(found) > 0 {
			out.WriteString("== " + strings.TrimPrefix(filepath.ToSlash(path), "../") + "\n" + strings.Join(found, "\n") + "\n\n")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// textsOf are the strings of several words in a file, as they are there. Strings that are added
// up are one.
func textsOf(file *ast.File) (found []string) {
	ast.Inspect(file, func(node ast.Node) bool {
		expression, isExpression := node.(ast.Expr)
		if !isExpression {
			return true
		}
		text, isText := textOf(expression)
		if isText && strings.Contains(strings.TrimSpace(text), " ") {
			found = append(found, strings.NewReplacer("\r", `\r`, "\x00", `\0`).Replace(text))
		}
		return !isText
	})
	return found
}

// textOf is the value of a string, with … for what is known only when the program runs.
func textOf(expression ast.Expr) (text string, isText bool) {
	switch expression := expression.(type) {
	case *ast.BasicLit:
		if expression.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(expression.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, isLeft := textOf(expression.X)
		right, isRight := textOf(expression.Y)
		if expression.Op != token.ADD || !isLeft && !isRight {
			return "", false
		}
		if !isLeft {
			left = "…"
		}
		if !isRight {
			right = "…"
		}
		return left + right, true
	}
	return "", false
}
