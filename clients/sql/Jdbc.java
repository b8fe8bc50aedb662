import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {"sql": …} a line, with "fetch": n for rows a round and "int": n for a parameter, or {"tables": true}, and writes {"rows": …} or an error. */
public class Jdbc {
  static String field(String json, String name) {
    Matcher m = Pattern.compile("\"" + name + "\": (\"((?:[^\"\\\\]|\\\\.)*)\"|\\w+)").matcher(json);
    if (!m.find()) {
      return null;
    }
    if (m.group(2) == null) {
      return m.group(1);
    }
    Matcher u = Pattern.compile("\\\\(u(\\p{XDigit}{4})|.)").matcher(m.group(2));
    StringBuilder out = new StringBuilder();
    while (u.find()) {
      String c = u.group(2) != null ? "" + (char) Integer.parseInt(u.group(2), 16)
          : u.group(1).equals("n") ? "\n" : u.group(1);
      u.appendReplacement(out, Matcher.quoteReplacement(c));
    }
    return u.appendTail(out).toString();
  }

  static String text(Object o) {
    if (o == null) {
      return "null";
    }
    StringBuilder out = new StringBuilder("\"");
    for (char c : o.toString().toCharArray()) {
      out.append(c < ' ' || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : "" + c);
    }
    return out.append('"').toString();
  }

  static String rows(ResultSet r) throws SQLException {
    StringBuilder out = new StringBuilder("{\"rows\": [");
    for (int n = 0; r.next(); n++) {
      out.append(n == 0 ? "[" : ", [");
      for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) {
        out.append(i == 1 ? "" : ", ").append(text(r.getObject(i)));
      }
      out.append(']');
    }
    return out.append("]}").toString();
  }

  static String answer(Connection c, String line) throws SQLException {
    if (field(line, "tables") != null) {
      DatabaseMetaData m = c.getMetaData();
      try (ResultSet r = m.getColumns(null, "public", "%", "%")) {
        return rows(r);
      }
    }
    String fetch = field(line, "fetch");
    String days = field(line, "int");
    if (fetch != null) {
      c.setAutoCommit(false);
    }
    try (PreparedStatement s = c.prepareStatement(field(line, "sql"))) {
      s.setFetchSize(fetch == null ? 0 : Integer.parseInt(fetch));
      if (days != null) {
        s.setInt(1, Integer.parseInt(days));
      }
      try (ResultSet r = s.executeQuery()) {
        return rows(r);
      }
    } finally {
      if (fetch != null) {
        c.rollback();
        c.setAutoCommit(true);
      }
    }
  }

  public static void main(String[] args) throws Exception {
    Properties p = new Properties();
    for (String line : System.getenv("JDBC_PROPERTIES").split("\n")) {
      p.setProperty(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
    }
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Connection c = DriverManager.getConnection(System.getenv("JDBC_URL"), p)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String out;
        try {
          out = answer(c, line);
        } catch (SQLException | RuntimeException e) { // the driver of Flight SQL throws some of either
          StringBuilder said = new StringBuilder();
          for (Throwable t = e; t != null; t = t.getCause()) {
            said.append(t.getMessage()).append('\n');
          }
          out = "{\"error\": " + text(said) + ", \"sqlstate\": " + text(e instanceof SQLException ? ((SQLException) e).getSQLState() : null) + "}";
        }
        System.out.write((out + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
      }
    }
  }
}
