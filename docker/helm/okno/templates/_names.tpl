{{- define "okno.labels" -}}
{{ include "okno.chosen" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "okno.chosen" -}}
app.kubernetes.io/name: okno
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
